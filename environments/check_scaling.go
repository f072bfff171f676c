package environments

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// scaling checks which autoscaler is meant, and that its bounds are bounds.
func (c *specCheck) scaling() {
	s := c.spec.Scaling
	if s == nil {
		return
	}
	const path = "spec.scaling"
	least := or(s.Min, 1)
	keda := s.Prometheus != nil || len(s.Schedules) > 0
	if s.Max != nil && *s.Max < least {
		c.invalid(path+".max", "raise max, or lower min", "expected at least min, %d, found %d", least, *s.Max)
	}
	if s.Max == nil && (s.Metric != nil || s.Prometheus != nil) {
		c.missing(path+".max", "add max", "the field is missing, expected the largest number of replicas that the autoscaler may ask for")
	}
	if s.Metric != nil && keda {
		c.refuse(path+".metric", "delete metric, and let spec.scaling.prometheus query for it", "KEDA scales by prometheus and schedules, and does not know the metrics of pods")
	}
	if s.Max != nil && least == 0 && s.Prometheus == nil && len(s.Schedules) == 0 {
		c.invalid(path+".min", "add prometheus, by which KEDA starts the first replica; or set min: 1",
			"a HorizontalPodAutoscaler cannot scale from zero: no pod, no metric")
	}
	if s.ScaleDownSeconds != nil && s.Max == nil && !keda {
		c.refuse(path+".scaleDownSeconds", "add max, or delete it", "there is no autoscaler: the number of replicas is fixed")
	}
	for i, schedule := range s.Schedules {
		c.schedule(fmt.Sprintf("%s.schedules[%d]", path, i), schedule)
	}
}

func (c *specCheck) schedule(path string, schedule v1alpha1.Schedule) {
	for field, spec := range map[string]string{"start": schedule.Start, "end": schedule.End} {
		if _, err := fiveFields.Parse(spec); err != nil {
			c.invalid(path+"."+field, `write minute, hour, day, month and weekday, as in "0 8 * * 1-5"`, "expected five cron fields, found %q", cut(spec))
		}
	}
	if schedule.Start == schedule.End {
		c.invalid(path+".end", "write when the replicas are no longer wanted", "the time ends when it starts")
	}
	if _, err := time.LoadLocation(schedule.TimeZone); err != nil || schedule.TimeZone == "Local" {
		c.invalid(path+".timeZone", "write an IANA name, as in Europe/Berlin or UTC", "there is no time zone %q", cut(schedule.TimeZone))
	}
	if most := c.spec.Scaling.Max; most != nil && schedule.Replicas > *most {
		c.invalid(path+".replicas", "raise spec.scaling.max, or lower it", "expected at most max, %d, found %d", *most, schedule.Replicas)
	}
	if least := or(c.spec.Scaling.Min, 1); schedule.Replicas <= least {
		c.invalid(path+".replicas", "raise it, or lower spec.scaling.min", "expected more than min, %d, found %d: the schedule would change nothing", least, schedule.Replicas)
	}
}

// fiveFields reads schedules as KEDA does: no seconds, no descriptors such as @daily.
var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// minReplicas is the least number of replicas that there may be.
func minReplicas(spec *v1alpha1.ModelDeploymentSpec) int32 {
	if spec.Scaling == nil {
		return 1
	}
	return or(spec.Scaling.Min, 1)
}

// mostReplicas is the largest number of replicas that there may be.
func mostReplicas(s *v1alpha1.Scaling) int32 {
	if s == nil {
		return 1
	}
	most := max(or(s.Min, 1), or(s.Max, 0))
	for _, schedule := range s.Schedules {
		most = max(most, schedule.Replicas)
	}
	return most
}

func or[T any](told *T, otherwise T) T {
	if told == nil {
		return otherwise
	}
	return *told
}
