package check

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render/diff"
)

// look finds out what becomes of one unit. Changed is how many units of its environment change.
func (r *runner) look(c *candidate, changed int64) (Unit, error) {
	made := Unit{ID: c.unit().ID(), Dir: c.unit().Dir, Problems: c.problems}
	if len(c.problems) > 0 {
		return made, nil
	}
	var rules *gate.Rules
	if rules, made.Problems = r.rulesFor(c.unit().Environment); rules == nil {
		return made, nil
	}
	s, err := r.subject(c, rules, changed)
	if err != nil {
		return made, err
	}
	decide := rules.Decide
	if r.options.Everything {
		decide = rules.Explain
	}
	outcome, err := decide(r.ctx, s)
	if err != nil {
		return made, err
	}
	r.describe(&made, c, outcome)
	made.Places = r.places(c, s.Files, outcome)
	selected := rules.Selected(c.unit().Environment.Name)
	r.describePolicies(selected, outcome.Findings)
	r.sayWhatIsUnknown(selected, outcome.Skipped, r.witnesses(rules, c.unit().Environment.Name))
	return made, r.ask(&made, c)
}

// describe fills in what is known from the files alone.
func (r *runner) describe(made *Unit, c *candidate, outcome gate.Outcome) {
	in := outcome.Input
	made.Outcome, made.Change = &outcome, in.Change.Kind
	made.Release, made.PreviousRelease = in.Unit.Release, in.Unit.PreviousRelease
	if made.Change == policies.ChangeRemoval {
		made.Release = ""
	}
	if in.GPU.Previous != nil {
		made.GPUs.Before, made.Cost.Before = number(in.GPU.Previous.GPUs), in.GPU.Previous.CostPerHour
	}
	made.GPUs.After, made.Cost.After = number(in.GPU.Total), in.GPU.CostPerHour
	if c.wanted == nil {
		made.GPUs.After, made.Cost.After = number(0), number(0)
	}
	made.Fit = in.GPU.FitReason
	made.Objects = diff.Compare(itemsOf(c.admitted), itemsOf(c.wanted))
}

func number(n int64) *float64 {
	f := float64(n)
	return &f
}

// describePolicies notes what the policies that have something to say are for.
func (r *runner) describePolicies(selected []policies.Selection, findings []policies.Finding) {
	for _, s := range selected {
		says := func(f policies.Finding) bool { return f.Policy == s.Policy.Name }
		if !slices.ContainsFunc(findings, says) || s.Policy.Description == "" {
			continue
		}
		if r.report.Policies == nil {
			r.report.Policies = map[string]string{}
		}
		r.report.Policies[s.Policy.Name] = oneLine(s.Policy.Description)
	}
}

// sayWhatIsUnknown notes what policies ask for and only a cluster knows, but for those that are not about the change.
func (r *runner) sayWhatIsUnknown(selected []policies.Selection, skipped []string, heard map[string]gate.Witness) {
	asks := func(variable string) bool {
		return slices.ContainsFunc(selected, func(s policies.Selection) bool {
			return s.Policy.Refers(variable) && !slices.Contains(skipped, s.Policy.Name)
		})
	}
	if r.options.Live != nil {
		return
	}
	if asks("evidence") && len(heard) == 0 {
		r.note("how releases are in other environments is not known here: with --kubeconfig the cluster is asked, and their records where environment.yaml trusts them")
	}
	if asks("capacity") {
		r.note("whether the cluster has room is not known here: with --kubeconfig the cluster is asked")
	}
}

// subject gathers what there is to know of a unit's change.
func (r *runner) subject(c *candidate, rules *gate.Rules, changed int64) (*gate.Subject, error) {
	s := &gate.Subject{
		Unit: c.unit(), Wanted: c.wanted, Admitted: c.admitted, Tree: r.head.files, Before: r.fork.files, At: func(commit string) (fs.FS, error) { return r.at(commit) },
		Units: func() int64 { return changed }, Loads: func() []gate.Load { return r.loadsOf(c.unit().Environment, rules) },
		Elsewhere: r.elsewhere(c.unit()), Witnesses: func() map[string]gate.Witness { return r.witnesses(rules, c.unit().Environment.Name) }, Capacity: r.capacity(c), Now: r.options.Now,
	}
	for _, env := range r.head.environments.Environments {
		s.Environments = append(s.Environments, env.Name)
	}
	s.Files = s.ChangedFiles()
	s.Lines = func() (int64, error) { return source.Lines(r.fork.files, r.head.files, s.Files) }
	names := s.FileNames()
	s.Uncommitted = slices.ContainsFunc(r.uncommitted, func(file string) bool { return slices.Contains(names, file) })
	var err error
	if s.Commits, err = r.history.Touching(r.ctx, r.fork.commit.Hash, r.head.commit.Hash, names); err != nil {
		return nil, fmt.Errorf("looking for the commits that changed %s: %w", s.Unit.ID(), err)
	}
	s.Former, err = r.former(c, names)
	return s, err
}
