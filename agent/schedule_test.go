package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

func TestScheduleIsReadAsCronReadsIt(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 7, 0, time.UTC)
	for spec, want := range map[string]time.Time{
		"@every 30s":   start.Add(30 * time.Second),
		"*/5 * * * *":  time.Date(2026, 11, 23, 12, 5, 0, 0, time.UTC),
		"0 22 * * 1-5": time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC),
		"@hourly":      time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC),
	} {
		schedule, err := ParseSchedule(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if got := schedule.Next(start); !got.Equal(want) {
			t.Errorf("%s: next is %s, want %s", spec, got, want)
		}
	}
}

func TestScheduleThatCannotBeReadSaysWhatIsExpected(t *testing.T) {
	for _, spec := range []string{"", "often", "@every soon", "61 * * * *", "* * * * * *"} {
		_, err := ParseSchedule(spec)
		if err == nil || !strings.Contains(err.Error(), "expected five cron fields, or @every") {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestJitterDelaysByUpToATenthOfThePeriod(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for random, want := range map[float64]time.Duration{0: 30 * time.Second, 0.5: 31500 * time.Millisecond, 0.999: 32997 * time.Millisecond} {
		s := jitteredSchedule{Schedule: cron.ConstantDelaySchedule{Delay: 30 * time.Second}, random: func() float64 { return random }}
		if got := s.Next(start).Sub(start); got != want {
			t.Errorf("random %v: next in %s, want %s", random, got, want)
		}
	}
}

func TestADateThatNeverComesIsNotDelayed(t *testing.T) {
	never, err := ParseSchedule("0 0 30 2 *")
	if err != nil {
		t.Fatal(err)
	}
	if next := withJitter(never).Next(time.Now()); !next.IsZero() {
		t.Errorf("30 February comes at %s", next)
	}
}

func TestBackoffDoublesToItsBoundWithJitter(t *testing.T) {
	limiter := jittered{newLimiter(Backoff{Min: time.Second, Max: 10 * time.Second})}
	for try, base := range []time.Duration{1, 2, 4, 8, 10, 10} {
		base *= time.Second
		if got := limiter.When("dev/a"); got < base || got > base+base/5 {
			t.Errorf("try %d waits %s, want %s and up to a fifth more", try+1, got, base)
		}
	}
	limiter.Forget("dev/a")
	if got := limiter.When("dev/a"); got > 1200*time.Millisecond {
		t.Errorf("after a success the first wait is %s", got)
	}
}
