package environments

import (
	"fmt"
	"time"
)

// span is what a duration of one kind can mean.
type span struct {
	least, most time.Duration
	example     string
}

var (
	timeouts   = span{time.Minute, 24 * time.Hour, "2h or 90m"}
	probations = span{time.Minute, 7 * 24 * time.Hour, "30m or 48h"}
)

// lasts checks a duration, if there is one. It is whole seconds, which is what Kubernetes knows.
func (c *specCheck) lasts(field, text string, means span) {
	if text == "" {
		return
	}
	mend := "write it as in " + means.example
	switch d, err := time.ParseDuration(text); {
	case err != nil:
		c.invalid(field, mend+"; days are written in hours", "expected a duration, found %q", cut(text))
	case d < means.least || d > means.most:
		c.invalid(field, mend, "expected a duration from %s to %s, found %s", brief(means.least), brief(means.most), cut(text))
	case d%time.Second != 0:
		c.invalid(field, mend, "expected whole seconds, found %s", cut(text))
	}
}

// brief is a duration of whole minutes or hours as people write it.
func brief(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}
