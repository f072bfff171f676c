package environments

import (
	"strings"
	"time"
	_ "time/tzdata" // the agent's container has no time zones of its own

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
	if s.Max != nil && least == 0 && !keda {
		c.invalid(path+".min", "set min: 1; or add prometheus, by which KEDA starts the first replica; or delete max (max: null in a patch), to park the model",
			"a HorizontalPodAutoscaler cannot scale from zero: no pod, no metric")
	}
	if s.ScaleDownSeconds != nil && s.Max == nil && !keda {
		c.refuse(path+".scaleDownSeconds", "add max, or delete it", "there is no autoscaler: the number of replicas is fixed")
	}
	if s.Prometheus != nil {
		c.plain(path+".prometheus.serverAddress", s.Prometheus.ServerAddress, "name an address that KEDA may ask without")
	}
	for i, schedule := range s.Schedules {
		c.schedule(indexed(path+".schedules", i), schedule)
	}
}

// schedule checks one time and what it changes.
func (c *specCheck) schedule(path string, schedule v1alpha1.Schedule) {
	c.cron(path+".start", schedule.Start)
	c.cron(path+".end", schedule.End)
	if strings.Join(strings.Fields(schedule.Start), " ") == strings.Join(strings.Fields(schedule.End), " ") {
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

// cron checks five fields. The parser would take a time zone before them, and stumbles over half of one.
func (c *specCheck) cron(field, spec string) {
	const mend = `write minute, hour, day, month and weekday, as in "0 8 * * 1-5"`
	if strings.Contains(spec, "=") {
		c.invalid(field, mend+", and the time zone in timeZone", "expected five cron fields, found %q", cut(spec))
		return
	}
	times, err := fiveFields.Parse(spec)
	if err != nil {
		c.invalid(field, mend, "expected five cron fields, found %q", cut(spec))
	} else if times.Next(time.Unix(0, 0).UTC()).IsZero() {
		c.invalid(field, "correct day and month", "there is no such day, as far as cron looks ahead: %q", cut(spec))
	}
}

// minReplicas is the least number of replicas that there may be.
func minReplicas(spec *v1alpha1.ModelDeploymentSpec) int32 {
	if spec.Scaling == nil {
		return 1
	}
	return or(spec.Scaling.Min, 1)
}

// MostReplicas is the largest number of replicas that there may be.
func MostReplicas(s *v1alpha1.Scaling) int32 {
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
