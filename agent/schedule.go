package agent

import (
	"math/rand/v2"
	"time"

	"github.com/robfig/cron/v3"
)

// jitteredSchedule delays each activation by up to a tenth of the time to the one after it, so that many
// agents with one schedule do not ask the Git server all at once.
type jitteredSchedule struct {
	cron.Schedule
	random func() float64 // from [0,1)
}

func withJitter(s cron.Schedule) cron.Schedule {
	return jitteredSchedule{Schedule: s, random: rand.Float64}
}

// Next returns the next activation after t, delayed.
func (s jitteredSchedule) Next(t time.Time) time.Time {
	next := s.Schedule.Next(t)
	if next.IsZero() {
		return next // a date that never comes, such as 30 February
	}
	period := s.Schedule.Next(next).Sub(next)
	return next.Add(time.Duration(s.random() * float64(period) / 10))
}
