package environments

// badExposure are descriptors with something wrong in spec.exposure and spec.monitoring.
var badExposure = []badDescriptor{
	{"exposure_long", `model.yaml:13: spec.exposure.namespaces[0]: expected at most 63 characters, found 64; shorten it`},
	{"exposure_many", `model.yaml:13: spec.exposure.namespaces: expected at most 64 items, found 65; shorten the list`},
	{"exposure_namespace", `model.yaml:13: spec.exposure.namespaces[1]: expected a DNS label, found the string "Team_A"; use lower-case letters, digits and dashes, as in team-a`},
	{"exposure_twice", `model.yaml:15: spec.exposure.namespaces[1]: the list has gateway already; keep one of them`},
	{"inference_pool_missing", `model.yaml:13: spec.exposure.inferencePool.endpointPicker: the field is missing, expected a DNS label; add it (EndpointPicker is the Service of the picker)`},
	{"inference_pool_picker", `model.yaml:13: spec.exposure.inferencePool.endpointPicker: expected a DNS label, found the string "epp.inference"; use lower-case letters, digits and dashes, as in team-a`},
	{"inference_pool_port", `model.yaml:13: spec.exposure.inferencePool.port: expected an integer from 1 to 65535, found the number 0; choose a number in that range`},
	{"pod_monitor_interval", `model.yaml:13: spec.monitoring.podMonitor.intervalSeconds: expected an integer from 1 to 3600, found the number 0; choose a number in that range`},
	{"pod_monitor_interval_text", `model.yaml:13: spec.monitoring.podMonitor.intervalSeconds: expected an integer from 1 to 3600, found the string "15s"; write a whole number`},
	{"pod_monitor_label_number", `model.yaml:14: spec.monitoring.podMonitor.labels[release]: expected a string, found the number 1; put it in quotes`},
	{"pod_monitor_label_number_domain", `model.yaml:15: spec.monitoring.podMonitor.labels[example.com/tier]: expected a string, found the boolean true; put it in quotes`},
	{"pod_monitor_label_reserved", `model.yaml:15: spec.monitoring.podMonitor.labels[applyset.kubernetes.io/part-of]: this name is the agent's own, by which it knows what it applied; delete it
model.yaml:16: spec.monitoring.podMonitor.labels[penstock.dev/release]: this name is the agent's own, by which it knows what it applied; delete it`},
	{"pod_monitor_label_value", `model.yaml:14: spec.monitoring.podMonitor.labels[release]: expected at most 63 letters, digits, dashes, underscores and dots, found the string "kube prometheus"; correct the value`},
	{"route_gateway", `model.yaml:13: spec.exposure.route.gateway: expected the name of a Kubernetes object, found the string "Public"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"route_gateway_namespace", `model.yaml:13: spec.exposure.route.gatewayNamespace: expected a DNS label, found the string "ingress.system"; use lower-case letters, digits and dashes, as in team-a`},
	{"route_hostname", `model.yaml:15: spec.exposure.route.hostnames[0]: expected a host name, found the string "https://models.example.com"; write it as in models.example.com`},
	{"route_hostname_twice", `model.yaml:15: spec.exposure.route.hostnames[1]: the list has models.example.com already; keep one of them`},
	{"route_missing", `model.yaml:13: spec.exposure.route.gateway: the field is missing, expected the name of a Kubernetes object; add it (Gateway is the name of the Gateway)`},
	{"route_path", `model.yaml:13: spec.exposure.route.pathPrefix: expected an absolute path of a URL, found the string "llama"; write it as in /health`},
	{"route_path_dot", `model.yaml:13: spec.exposure.route.pathPrefix: expected a path as a Gateway takes it, found the string "/v1/./admin"; write it as in /llama, without a query and without empty steps`},
	{"route_path_dots", `model.yaml:13: spec.exposure.route.pathPrefix: expected a path as a Gateway takes it, found the string "/v1/../admin"; write it as in /llama, without a query and without empty steps`},
	{"route_path_empty_step", `model.yaml:13: spec.exposure.route.pathPrefix: expected a path as a Gateway takes it, found the string "/v1//admin"; write it as in /llama, without a query and without empty steps`},
	{"route_path_escaped", `model.yaml:13: spec.exposure.route.pathPrefix: expected a path as a Gateway takes it, found the string "/v1%2Fadmin"; write it as in /llama, without a query and without empty steps`},
	{"route_path_query", `model.yaml:13: spec.exposure.route.pathPrefix: expected a path as a Gateway takes it, found the string "/llama?…"; write it as in /llama, without a query and without empty steps`},
}
