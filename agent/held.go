package agent

import (
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
)

// heldPatience is how long a held unit waits at most to be decided on again. What policy looks at may change in ways that
// nobody tells of, such as the clock of a rule that does not say when it will be satisfied.
const heldPatience = 10 * time.Minute

// lookAgain sees to it that a held unit is decided on again without a commit.
func (a *Agent) lookAgain(id string, again time.Time) {
	wait := heldPatience
	if until := time.Until(again); !again.IsZero() && until < wait {
		wait = max(until, 0) + time.Second // the second in which it is allowed, and not the last in which it is not
	}
	a.queue.AddAfter(id, wait)
}

// reconsider queues the units that are held: something that policy looks at has changed.
func (a *Agent) reconsider(which func(id string) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, unit := range a.units {
		if unit.held.Load() && which(id) {
			a.queue.Add(id)
		}
	}
}

// tellOthers has the same model decided on again in other environments where it is held, when its health changes here.
func (a *Agent) tellOthers(unit *planned, done *progress, health *apply.Health) {
	if health == nil {
		return
	}
	if now := unit.objects.ReleaseID + " " + string(health.Status); now != done.told {
		done.told = now
		a.reconsider(sameModel(unit))
		a.considerPromotions()
	}
}

// sameModel tells the units of the same model in other environments: what happens to it here is evidence there.
func sameModel(unit *planned) func(id string) bool {
	return func(id string) bool {
		environment, model, _ := strings.Cut(id, "/")
		return model == unit.unit.Name && environment != unit.unit.Environment.Name
	}
}
