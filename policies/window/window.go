package window

import "time"

// Kind says what a window does.
type Kind string

const (
	// Freeze: nothing may go out while the window holds.
	Freeze Kind = "Freeze"
	// Promotion: with at least one such window, changes go out only while one of them holds.
	Promotion Kind = "Promotion"
)

// Spec is a window as a person writes it.
type Spec struct {
	// Kind is Freeze or Promotion.
	Kind Kind `json:"kind"`
	// Name is what reports call the window: 1 to 100 printable characters.
	Name string `json:"name"`
	// Schedule says when the window starts: a cron expression of five fields, such as 0 22 * * 5.
	Schedule string `json:"schedule"`
	// Duration is how long it holds: whole minutes of elapsed time, 1m to 8784h, such as 36h or 1h30m.
	Duration string `json:"duration"`
	// TimeZone is the IANA name of the clock that Schedule is read from, such as Europe/Berlin, or UTC.
	TimeZone string `json:"timeZone"`
}

// Window is a Spec that Parse accepted. It is immutable and safe for concurrent use. The zero value, which no
// Parse returned, keeps everything closed.
type Window struct {
	Kind Kind
	Name string
	// Schedule and TimeZone are as they were written.
	Schedule, TimeZone string
	// Duration is a whole number of minutes above 0 and not above MaxDuration.
	Duration time.Duration

	starts schedule
	zone   *time.Location // nil in a window that Parse did not make
}

// Windows are those that decide together.
type Windows []Window

// MaxDuration is the longest that a window can hold, and how far At looks ahead: a leap year.
const MaxDuration = 366 * 24 * time.Hour

// MaxWindows is how many windows may decide together.
const MaxWindows = 100

// of returns the windows of one kind.
func (ws Windows) of(kind Kind) Windows {
	var some Windows
	for _, w := range ws {
		if w.Kind == kind {
			some = append(some, w)
		}
	}
	return some
}
