package window

import (
	"fmt"
	"time"
)

// Reason is one window behind a decision. Times are on the clock of the window's zone.
type Reason struct {
	// Window is the name of the window: the one that holds now or, when Active is false, the promotion window
	// that opens next; "" when none does within a year.
	Window string `json:"window,omitempty"`
	Kind   Kind   `json:"kind"`
	// Active: the window holds now. A promotion window that is not active is why the answer is closed.
	Active bool `json:"active"`
	// Since is when the window began to hold or, when Active is false, when the last promotion window ended;
	// zero when that was more than a year ago.
	Since time.Time `json:"since,omitzero"`
	// Until is when no window of this kind holds any longer or, when Active is false, when the next opens;
	// zero when that is not within a year.
	Until time.Time `json:"until,omitzero"`
}

// layout of times in sentences: what the clock on the wall shows, and which clock.
const layout = "2006-01-02 15:04 MST"

// String is the reason as part of a sentence, such as: frozen by "year-end" since 2026-12-20 00:00 CET,
// until 2027-01-03 00:00 CET.
func (r Reason) String() string {
	switch {
	case r.Kind == Freeze && r.Active:
		return fmt.Sprintf("frozen by %q %s, %s", r.Window, since(r.Since), until(r.Until))
	case r.Active:
		return fmt.Sprintf("the promotion window %q is open %s, %s", r.Window, since(r.Since), until(r.Until))
	case r.Kind == Promotion && !r.Until.IsZero():
		return fmt.Sprintf("no promotion window is open %s; %q opens at %s", since(r.Since), r.Window, r.Until.Format(layout))
	case r.Kind == Promotion && r.Window == "":
		return fmt.Sprintf("no promotion window is open %s, and none opens within a year", since(r.Since))
	}
	return fmt.Sprintf("the window %q was not checked, so everything is closed", r.Window)
}

func since(t time.Time) string {
	if t.IsZero() {
		return "for more than a year"
	}
	return "since " + t.Format(layout)
}

func until(t time.Time) string {
	if t.IsZero() {
		return "for more than another year"
	}
	return "until " + t.Format(layout)
}
