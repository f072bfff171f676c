package agent

import (
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// decided is what policy said of a change, with what it was about.
type decided struct {
	outcome  gate.Outcome
	admitted *render.Objects // before; nil for a new unit
	rulesAt  string          // commit of the rules that decided
}

// fact is the decision as records have it.
func (d *decided) fact(unit *planned) records.Fact {
	fact := records.Fact{Kind: kindOf(d.outcome), Data: records.Data{Source: &records.Source{Commit: unit.commit}}}
	if unit.objects != nil {
		fact.Data = factsOf(unit)
	}
	in := d.outcome.Input
	fact.Data.Source.Changes = in.Change.Commits
	if fact.Data.Inputs == nil {
		fact.Data.Inputs = &records.Inputs{Content: in.Unit.Content}
	}
	fact.Data.Inputs.Objects, fact.Data.Inputs.Rules, fact.Data.Inputs.RulesCommit = d.outcome.Objects, d.outcome.Rules, d.rulesAt
	if fact.Data.Release == nil {
		fact.Data.Release = &records.Release{ID: in.Unit.Release, Digest: in.Unit.ReleaseDigest}
	}
	fact.Data.Release.Previous = in.Unit.PreviousRelease
	fact.Data.Decision = &records.Decision{
		Decision: d.outcome.Decision, Reason: d.outcome.Reason(), Change: in.Change.Kind, Now: in.Now, Notes: d.outcome.Notes,
		Approvals: in.Approvals, Evidence: in.Evidence, Evaluations: in.Evaluations, Windows: &in.Windows,
	}
	fact.Data.Message = fmt.Sprintf("%s: %s", opening[fact.Kind], d.outcome.Explain())
	return fact
}

// opening is how the story of a decision begins.
var opening = map[records.Kind]string{records.Admitted: "let in", records.Overridden: "let in against policy", records.Held: "held"}

func kindOf(outcome gate.Outcome) records.Kind {
	switch outcome.Reason() {
	case v1alpha1.ReasonHeld:
		return records.Held
	case v1alpha1.ReasonOverridden:
		return records.Overridden
	}
	return records.Admitted
}

// holding names the policies that hold a change, sorted. Their words may change with the time of day, and are no news.
func holding(outcome gate.Outcome) []string {
	if outcome.Verdict != policies.Hold {
		return nil
	}
	var names []string
	for _, f := range outcome.Findings {
		if f.Holds() {
			names = append(names, f.Policy)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// factsOf is what there is to say of a unit's objects.
func factsOf(unit *planned) records.Data {
	o := unit.objects
	data := records.Data{
		Source: &records.Source{Commit: unit.commit},
		Inputs: &records.Inputs{Content: o.Content, Digest: o.Digest},
	}
	for _, f := range o.Files {
		data.Inputs.Files = append(data.Inputs.Files, records.File{Name: f.Name, SHA256: f.SHA256})
	}
	if spec := o.Descriptor.Spec; spec != nil {
		data.Release = &records.Release{
			ID: o.ReleaseID, Digest: environments.ReleaseDigest(spec.Release),
			Model: spec.Release.Model.Source, Revision: spec.Release.Model.Revision, Image: spec.Release.Runtime.Image,
		}
	}
	return data
}

func digestOf(unit *planned) string {
	if unit.objects.Descriptor.Spec == nil {
		return ""
	}
	return environments.ReleaseDigest(unit.objects.Descriptor.Spec.Release)
}

// objectsOf is what was done to each object. What stayed as it was is told too: it is part of what runs.
func objectsOf(applied *apply.Result) []records.Object {
	var all []records.Object
	for _, c := range applied.Changes {
		all = append(all, records.Object{
			Group: c.Object.Group, Kind: c.Object.Kind, Namespace: c.Object.Namespace, Name: c.Object.Name, Action: string(c.Action),
		})
	}
	return all
}

func changedObjects(applied *apply.Result) (count int) {
	for _, c := range applied.Changes {
		if c.Action != apply.Unchanged && c.Action != apply.Kept {
			count++
		}
	}
	return count
}
