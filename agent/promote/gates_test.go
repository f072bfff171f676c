package promote_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/promote"
)

// brief is the state of gates, in the order of the policies.
func brief(gates []promote.Gate) string {
	var parts []string
	for _, g := range gates {
		text := g.Name + " " + string(g.State)
		if g.Opens != nil {
			text += " " + g.Opens.Format("Jan 2 15:04")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func TestGatesSayWhatIsOpenAndWhenOthersOpen(t *testing.T) {
	r := eventful(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	unwell := healthySince(plan, now.Add(-30*time.Hour))
	unwell["staging/llama"].Conditions[0].Status = "False"
	for name, test := range map[string]struct {
		live  cluster
		when  time.Time
		ready bool
		want  string
	}{
		"all but people": {healthySince(plan, now.Add(-30*time.Hour)), now, true,
			"approvals people, change-window open, evaluation-floor open, min-replicas open, promoted-from open, signed-by-author people, soak-time open"},
		"not long enough, in a freeze": {healthySince(plan, freeze.Add(-2*time.Hour)), freeze, false,
			"approvals people, change-window later Nov 23 07:00, evaluation-floor closed, min-replicas open, promoted-from open, signed-by-author people, soak-time later Nov 21 18:00"},
		"not healthy": {unwell, now, false,
			"approvals people, change-window open, evaluation-floor open, min-replicas open, promoted-from closed, signed-by-author people, soak-time closed"},
		"not known": {nil, now, false,
			"approvals people, change-window open, evaluation-floor open, min-replicas open, promoted-from closed, signed-by-author people, soak-time closed"},
	} {
		unit, _, selected := r.decided(plan, test.live, test.when)
		gates, err := promote.UnitGates(t.Context(), unit, selected)
		if err != nil {
			t.Fatal(err)
		}
		if got := brief(gates); got != test.want || promote.Ready(gates) != test.ready {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, promote.Ready(gates), got, test.want)
		}
		people, other := promote.Awaits(*unit.Outcome, selected)
		if len(people) < 2 || (len(other) == 0) != test.ready {
			t.Errorf("%s: %d wait for people, %d for something else", name, len(people), len(other))
		}
	}
}

func TestARuleThatCannotBeEvaluatedWaitsForNobody(t *testing.T) {
	r := eventful(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	unit, _, selected := r.decided(plan, healthySince(plan, now.Add(-30*time.Hour)), now)
	outcome := *unit.Outcome
	for i := range outcome.Findings {
		outcome.Findings[i].Failed = true
	}
	if people, other := promote.Awaits(outcome, selected); len(people) > 0 || len(other) == 0 {
		t.Errorf("%d wait for people, %d for something else", len(people), len(other))
	}
}
