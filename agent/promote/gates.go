package promote

import (
	"context"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/policies"
)

// GateState is what a gate says.
type GateState string

// The states of a gate.
const (
	// Open: it lets the release in.
	Open GateState = "open"
	// Later: it is closed, and opens by itself, at a time that is known.
	Later GateState = "later"
	// People: it is closed, and waits for people: for their approval, or for who makes or signs the commits.
	People GateState = "people"
	// Closed: something has to change before it opens.
	Closed GateState = "closed"
)

// Gate is a policy, or another rule, that lets a release in or not.
type Gate struct {
	// Name is the policy's; cluster/… is one of the cluster's own.
	Name string `json:"name"`
	// State is what it says.
	State GateState `json:"state"`
	// Opens is when it opens by itself, if it is Later.
	Opens *time.Time `json:"opens,omitempty"`
	// Says is why it is not open, or what lets it be open anyway, such as an exception; mostly one line.
	Says []string `json:"says,omitempty"`
}

// readsPeople are the variables by which a policy asks who approved, made or signed a change.
var readsPeople = []string{
	"approvals", "change.commits", "change.signature", "change.author", "change.committer", "change.commit", "change.subject", "change.body", "change.trailers",
}

// waitsForPeople says whether people can open the gate by what they do with a pull request.
func waitsForPeople(policy *policies.Policy) bool {
	return slices.ContainsFunc(readsPeople, policy.Refers)
}

// Awaits sorts what keeps a change from coming in: what waits for people, who need a pull request to act on, and all else.
// Selected are the policies of the environment. With nothing else left, a pull request may be opened. A rule that could not be
// evaluated waits for nobody: it is broken.
func Awaits(outcome gate.Outcome, selected []policies.Selection) (people, other []policies.Finding) {
	for _, f := range outcome.Findings {
		if !f.Holds() {
			continue
		}
		i := slices.IndexFunc(selected, func(s policies.Selection) bool { return s.Policy.Name == f.Policy })
		if i >= 0 && !f.Failed && waitsForPeople(selected[i].Policy) {
			people = append(people, f)
		} else {
			other = append(other, f)
		}
	}
	return people, other
}

// Gates are those of an environment that are about a change, in the order of the policies. It is an error when the context
// ended.
func Gates(ctx context.Context, outcome gate.Outcome, selected []policies.Selection) ([]Gate, error) {
	people, other := Awaits(outcome, selected)
	var all []Gate
	for _, s := range selected {
		if slices.Contains(outcome.Skipped, s.Policy.Name) {
			continue
		}
		g := Gate{Name: s.Policy.Name, State: Open}
		for _, f := range outcome.Findings {
			if f.Policy == g.Name {
				g.hear(f)
			}
		}
		about := func(f policies.Finding) bool { return f.Policy == g.Name }
		switch {
		case slices.ContainsFunc(other, about):
			g.State = Closed
		case slices.ContainsFunc(people, about):
			g.State = People
		}
		if g.State == Closed && outcome.Again != nil {
			if err := g.ask(ctx, outcome.Input, s); err != nil {
				return nil, err
			}
		}
		all = append(all, g)
	}
	return all, nil
}

// hear takes up a finding.
func (g *Gate) hear(f policies.Finding) {
	text := f.Message
	if f.Object != "" {
		text = f.Object + ": " + text
	}
	switch {
	case f.Exception != nil:
		text = "excepted by " + f.Exception.Name + " until " + stamp(f.Exception.Expires) + ": " + text
	case f.Overridden != nil:
		text = "OVERRIDDEN by " + f.Overridden.By + ": " + text
	}
	g.Says = append(g.Says, oneLine(text, 500))
}

// ask asks the policy alone when it opens: the decision knows only the earliest time of all.
func (g *Gate) ask(ctx context.Context, input *policies.Input, s policies.Selection) error {
	if input == nil {
		return nil
	}
	decision, err := policies.Decide(ctx, policies.Rules{Selected: []policies.Selection{s}}, input)
	if err == nil && decision.Again != nil {
		g.State, g.Opens = Later, decision.Again
	}
	return err
}

// UnitGates are the gates of a unit of a report: those of its policies, and what the cluster itself says.
func UnitGates(ctx context.Context, unit check.Unit, selected []policies.Selection) ([]Gate, error) {
	if unit.Outcome == nil {
		return nil, broken(unit.Problems)
	}
	all, err := Gates(ctx, *unit.Outcome, selected)
	for _, f := range unit.Admission {
		if f.Action == "Deny" {
			all = append(all, Gate{Name: "cluster/" + f.Policy, State: Closed, Says: []string{oneLine(f.Object+": "+f.Message, 500)}})
		}
	}
	for _, text := range unit.Refused {
		all = append(all, Gate{Name: "cluster", State: Closed, Says: []string{oneLine(text, 500)}})
	}
	return all, err
}

// Ready says whether a pull request may be opened: nothing is left but what waits for people.
func Ready(gates []Gate) bool {
	return !slices.ContainsFunc(gates, func(g Gate) bool { return g.State == Later || g.State == Closed })
}

// in are the names of the gates in a state, for people.
func in(gates []Gate, state GateState) (names []string) {
	for _, g := range gates {
		if g.State == state {
			names = append(names, oneLine(g.Name, longest))
		}
	}
	return names
}
