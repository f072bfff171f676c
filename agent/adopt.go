package agent

import (
	"reflect"

	"github.com/penstock-dev/penstock/environments"
)

// adopt queues what a plan that is in force now changes: units that were rendered anew, and environments
// whose set of units or whose own settings differ, since something may have to be pruned there.
func (a *Agent) adopt(before, next *plan) {
	a.metrics.commit.Reset()
	a.metrics.commit.WithLabelValues(next.commit()).Set(1)
	changed := 0
	for id, unit := range next.units {
		if unit != before.unit(id) {
			a.queue.Forget(id) // a new commit is a new chance: its first try does not wait for an old failure
			a.queue.Add(id)
			changed++
		}
	}
	for _, env := range next.environments {
		if environmentChanged(before, next, env) {
			a.queue.Add(env.Name)
		}
	}
	a.warnOfMissing(before, next)
	a.tellOfRules(before, next)
	commit := next.snapshot.Commit()
	a.log.Info("new commit", "commit", commit.Hash, "subject", commit.Subject(), "author", commit.Author.Email,
		"units", len(next.units), "changed", changed, "rendered", next.rendered)
}

// tellOfRules tells which rules came into force, and why newer ones did not.
func (a *Agent) tellOfRules(before, next *plan) {
	refused := a.planner.rulebook.err
	a.metrics.refusedRules.Set(map[bool]float64{true: 1}[refused != nil])
	if refused != nil {
		a.log.Error("the newest rules are not in force", "problem", refused)
	}
	if rules := next.rulesInForce(); rules != nil && (before.rulesInForce() == nil || before.rulesInForce().Digest != rules.Digest) {
		a.log.Info("rules in force", "commit", next.rules[len(next.rules)-1].commit, "digest", rules.Digest)
	}
}

// environmentChanged says whether an environment's units or settings differ from those before.
func environmentChanged(before, next *plan, env *environments.Environment) bool {
	if before == nil {
		return true
	}
	old := before.environment(env.Name)
	return old == nil || !reflect.DeepEqual(old.Spec, env.Spec) ||
		!reflect.DeepEqual(before.unitsOf(env.Name), next.unitsOf(env.Name))
}

// warnOfMissing tells of environments that left Git with everything in them. Their units stay as they are:
// the agent no longer knows where they belong, and a lost directory must not empty a cluster.
func (a *Agent) warnOfMissing(before, next *plan) {
	if before == nil {
		return
	}
	for _, env := range before.environments {
		if next.environment(env.Name) == nil {
			a.log.Warn("the environment left Git; what it deployed is left as it is", "environment", env.Name,
				"namespace", env.Spec.Namespace, "commit", next.commit())
		}
	}
}

func (p *plan) environment(name string) *environments.Environment {
	if p == nil {
		return nil
	}
	for _, env := range p.environments {
		if env.Name == name {
			return env
		}
	}
	return nil
}

// unitsOf returns the ids of an environment's units.
func (p *plan) unitsOf(environment string) map[string]bool {
	ids := map[string]bool{}
	for id, unit := range p.units {
		if unit.unit.Environment.Name == environment {
			ids[id] = true
		}
	}
	return ids
}
