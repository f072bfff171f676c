package environments

// badScaling are descriptors with something wrong in spec.scaling, spec.rollout and spec.disruptionBudget.
var badScaling = []badDescriptor{
	{"disruption_both", `model.yaml:14: spec.disruptionBudget.minAvailable: there are both maxUnavailable and minAvailable; expected one of them; delete one, or set it to null in the patch`},
	{"disruption_min", `model.yaml:13: spec.disruptionBudget.minAvailable: expected at most min, 2, found 3: with fewer replicas than that no node can be drained; lower it, or raise spec.scaling.min`},
	{"disruption_percent", `model.yaml:12: spec.disruptionBudget.maxUnavailable: expected an integer from 0 to 1000, found the string "25%"; write a whole number
model.yaml:12: spec.disruptionBudget.minAvailable: expected an integer from 0 to 1000, found the number -1; choose a number in that range`},
	{"metric_and_prometheus", `model.yaml:14: spec.scaling.metric: KEDA scales by prometheus and schedules, and does not know the metrics of pods; delete metric, and let spec.scaling.prometheus query for it`},
	{"metric_missing", `model.yaml:14: spec.scaling.metric.name: the field is missing, expected the name of a metric; add it (Name of the metric, such as vllm:num_requests_waiting)
model.yaml:14: spec.scaling.metric.target: the field is missing, expected a quantity such as 15Gi or 500m; add it (Target is what the average over the pods is kept at, such as 5 or 500m)`},
	{"metric_name", `model.yaml:14: spec.scaling.metric.name: expected the name of a metric, found the string "requests waiting"; write it as in vllm:num_requests_waiting`},
	{"metric_target", `model.yaml:14: spec.scaling.metric.target: expected at least 1m, found 0; write a number and a unit, as in 5 or 500m`},
	{"metric_target_exponent", `model.yaml:14: spec.scaling.metric.target: expected a quantity such as 15Gi or 500m, found the string "5e99"; write a number and a unit, as in 15Gi or 500m`},
	{"prometheus_address", `model.yaml:15: spec.scaling.prometheus.serverAddress: expected a URL with http or https, found the string "prometheus.monitoring:9090"; write it as in http://prometheus.monitoring:9090`},
	{"prometheus_invisible", `model.yaml:15: spec.scaling.prometheus.serverAddress: found the invisible character U+00AD; expected text that reads as it looks; delete the character`},
	{"prometheus_max", `model.yaml:12: spec.scaling.max: the field is missing, expected the largest number of replicas that the autoscaler may ask for; add max`},
	{"prometheus_missing", `model.yaml:14: spec.scaling.prometheus.query: the field is missing, expected a string; add it (Query whose result, divided by the threshold, is the number of replicas)
model.yaml:14: spec.scaling.prometheus.serverAddress: the field is missing, expected a URL with http or https; add it (ServerAddress of Prometheus, such as http://prometheus.monitoring:9090)
model.yaml:14: spec.scaling.prometheus.threshold: the field is missing, expected a quantity such as 15Gi or 500m; add it (Threshold is the load of one replica)`},
	{"prometheus_password", `model.yaml:15: spec.scaling.prometheus.serverAddress: the URL has a user name or password before its @, which would be shown wherever the URL is; remove it, and name an address that KEDA may ask without`},
	{"prometheus_query_empty", `model.yaml:16: spec.scaling.prometheus.query: expected a string, found the empty string; write a value (Query whose result, divided by the threshold, is the number of replicas)`},
	{"prometheus_thresholds", `model.yaml:17: spec.scaling.prometheus.threshold: expected at least 1m, found -5; write a number and a unit, as in 5 or 500m
model.yaml:18: spec.scaling.prometheus.activationThreshold: expected at least 0, found -1; write a number and a unit, as in 0 or 500m`},
	{"prometheus_thresholds_text", `model.yaml:17: spec.scaling.prometheus.threshold: expected a quantity such as 15Gi or 500m, found the string "five"; write a number and a unit, as in 15Gi or 500m
model.yaml:18: spec.scaling.prometheus.activationThreshold: expected a quantity such as 15Gi or 500m, found the number 0.5; put it in quotes, with its unit if it has one`},
	{"rollout_percent", `model.yaml:13: spec.rollout.surge: expected an integer from 0 to 100, found the string "25%"; write a whole number`},
	{"scale_down_fixed", `model.yaml:12: spec.scaling.scaleDownSeconds: there is no autoscaler: the number of replicas is fixed; add max, or delete it`},
	{"scale_down_range", `model.yaml:12: spec.scaling.scaleDownSeconds: expected an integer from 0 to 3600, found the number 7200; choose a number in that range`},
	{"scaling_below_min", `model.yaml:12: spec.scaling.max: expected at least min, 4, found 2; raise max, or lower min`},
	{"scaling_from_zero", `model.yaml:12: spec.scaling.min: a HorizontalPodAutoscaler cannot scale from zero: no pod, no metric; set min: 1; or add prometheus, by which KEDA starts the first replica; or delete max (max: null in a patch), to park the model`},
	{"scaling_max_default", `model.yaml:12: spec.scaling.max: the field is missing, expected the largest number of replicas that the autoscaler may ask for; add max`},
	{"scaling_max_zero", `model.yaml:12: spec.scaling.max: expected an integer from 1 to 1000, found the number 0; choose a number in that range`},
	{"scaling_negative", `model.yaml:13: spec.scaling.min: expected an integer from 0 to 1000, found the number -1; choose a number in that range`},
	{"scaling_yes", `model.yaml:13: spec.scaling.min: expected an integer from 0 to 1000, found the string "yes"; write a whole number`},
	{"schedule_both_wrong", `model.yaml:14: spec.scaling.schedules[0].start: expected five cron fields, found "8:00"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5"
model.yaml:15: spec.scaling.schedules[0].end: expected five cron fields, found "18:00"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5"`},
	{"schedule_daily", `model.yaml:14: spec.scaling.schedules[0].start: expected five cron fields, found "@daily"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5"
model.yaml:15: spec.scaling.schedules[0].end: expected five cron fields, found "0 18"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5"`},
	{"schedule_half_a_time_zone", `model.yaml:14: spec.scaling.schedules[0].start: expected five cron fields, found "TZ="; write minute, hour, day, month and weekday, as in "0 8 * * 1-5", and the time zone in timeZone
model.yaml:15: spec.scaling.schedules[0].end: expected five cron fields, found "TZ=UTC"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5", and the time zone in timeZone`},
	{"schedule_missing", `model.yaml:14: spec.scaling.schedules[0].end: the field is missing, expected a string; add it (End of the time, as five cron fields, such as 0 18 * * 1-5)
model.yaml:14: spec.scaling.schedules[0].replicas: the field is missing, expected an integer from 1 to 1000; add it (Replicas that run then)
model.yaml:14: spec.scaling.schedules[0].start: the field is missing, expected a string; add it (Start of the time, as five cron fields, such as 0 8 * * 1-5)
model.yaml:14: spec.scaling.schedules[0].timeZone: the field is missing, expected a string; add it (TimeZone of both, by its IANA name, such as Europe/Berlin)`},
	{"schedule_mistyped", `model.yaml:16: spec.scaling.schedules[0].timezone: there is no such field; did you mean timeZone?`},
	{"schedule_never", `model.yaml:14: spec.scaling.schedules[0].start: there is no such day, as far as cron looks ahead: "0 8 31 2 *"; correct day and month`},
	{"schedule_null", `model.yaml:13: spec.scaling.schedules[0]: expected a map, found null; write a value, or delete the field`},
	{"schedule_replicas_max", `model.yaml:18: spec.scaling.schedules[0].replicas: expected at most max, 3, found 4; raise spec.scaling.max, or lower it`},
	{"schedule_replicas_min", `model.yaml:18: spec.scaling.schedules[0].replicas: expected more than min, 4, found 4: the schedule would change nothing; raise it, or lower spec.scaling.min`},
	{"schedule_replicas_range", `model.yaml:17: spec.scaling.schedules[0].replicas: expected an integer from 1 to 1000, found the number 0; choose a number in that range`},
	{"schedule_same", `model.yaml:15: spec.scaling.schedules[0].end: the time ends when it starts; write when the replicas are no longer wanted`},
	{"schedule_seconds", `model.yaml:14: spec.scaling.schedules[0].start: expected five cron fields, found "0 0 8 * * 1-5"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5"`},
	{"schedule_time_zone", `model.yaml:16: spec.scaling.schedules[0].timeZone: there is no time zone "Europe/Berln"; write an IANA name, as in Europe/Berlin or UTC`},
	{"schedule_time_zone_empty", `model.yaml:16: spec.scaling.schedules[0].timeZone: expected a string, found the empty string; write a value (TimeZone of both, by its IANA name, such as Europe/Berlin)`},
	{"schedule_time_zone_inside", `model.yaml:14: spec.scaling.schedules[0].start: expected five cron fields, found "CRON_TZ=Asia/Tokyo 0 8 * * *"; write minute, hour, day, month and weekday, as in "0 8 * * 1-5", and the time zone in timeZone`},
	{"schedule_time_zone_local", `model.yaml:16: spec.scaling.schedules[0].timeZone: there is no time zone "Local"; write an IANA name, as in Europe/Berlin or UTC`},
	{"schedule_time_zone_path", `model.yaml:16: spec.scaling.schedules[0].timeZone: there is no time zone "../../etc/localtime"; write an IANA name, as in Europe/Berlin or UTC`},
	{"schedules_map", `model.yaml:13: spec.scaling.schedules: expected a list, found a map; write a list, each item behind a dash`},
}
