package agent

import (
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/records"
)

const (
	// mostAnHour is how often in an hour the records are told how one unit is, and how often why it could not be applied: a
	// branch of records is kept forever, and a container that crashes again and again must not fill it.
	mostAnHour = 12
	calmAfter  = time.Hour
)

// pulse is when something was told lately, oldest first.
type pulse []time.Time

// wait is how long not to tell it again; 0 when it may be told.
func (p pulse) wait(now time.Time) time.Duration {
	if len(p) < mostAnHour {
		return 0
	}
	return max(0, p[len(p)-mostAnHour].Add(calmAfter).Sub(now))
}

// beat notes that it was told.
func (p *pulse) beat(now time.Time) {
	*p = append(*p, now)
	*p = (*p)[max(0, len(*p)-mostAnHour):]
}

// tooOften is how long not to tell how a unit is; 0 when it may be told. That it is not healthy any more is told always:
// then it counts as failing until it may be told that it is healthy, which errs on the side of caution.
func (done *progress) tooOften(unit *planned, now time.Time) time.Duration {
	if done.account.Health == wordOf(records.Healthy, digestOf(unit), string(apply.Healthy)) {
		return 0
	}
	return done.healthTold.wait(now)
}
