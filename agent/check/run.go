package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// Options say what to look at.
type Options struct {
	// Layout is where things are in the repository.
	Layout gate.Layout
	// Select names environments and units, as in prod or prod/llama-3-8b; all of them when empty.
	Select []string
	// All looks at units too that the change cannot affect: what would policy say of them today?
	All bool
	// Everything has the policies' input filled in with what none of them refers to.
	Everything bool
	// Live is what a cluster knows; nil without one.
	Live Live
	// Now is the time of all decisions.
	Now time.Time
}

// Live is what a cluster knows of the units that it runs.
type Live interface {
	// Statuses are those of all ModelDeployments, by unit id.
	Statuses(ctx context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error)
	// Room says whether there is room for what is rendered; nil when that is not known.
	Room(ctx context.Context, objects *render.Objects) (*policies.Capacity, error)
	// DryRun has the API server and its webhooks look at the objects, and returns what they refuse.
	DryRun(ctx context.Context, objects *render.Objects) ([]string, error)
}

// Trees are what is compared.
type Trees struct {
	// Base is what the change is to be merged into, and Fork where it left that: its newest commit that the base has too.
	Base, Fork *source.Snapshot
	// HeadCommit is the newest commit of the change, and Head the change itself: the tree of that commit, or the work tree.
	HeadCommit *source.Snapshot
	Head       source.Tree
	// Uncommitted are the files of the work tree that differ from the commit.
	Uncommitted []string
	// History answers questions about commits, and At shows one of them.
	History *source.History
	At      func(commit string) (*source.Snapshot, error)
}

// Run finds out what a change would do. It fails only when that cannot be told; what is wrong with the change is in the
// report.
func Run(ctx context.Context, renderer *render.Renderer, trees Trees, o Options) (*Report, error) {
	r := &runner{ctx: ctx, renderer: renderer, trees: trees, options: o, rendered: map[string][]render.Rendered{}}
	r.report = &Report{
		Verdict: policies.Admit, Now: o.Now,
		Base: revision(trees.Base), Fork: revision(trees.Fork), Head: revision(trees.HeadCommit),
	}
	r.report.Head.Uncommitted = trees.Uncommitted
	if err := r.load(); err != nil {
		return nil, err
	}
	if err := r.loadRules(); err != nil {
		return nil, err
	}
	if r.judge != nil {
		if err := r.units(); err != nil {
			return nil, err
		}
	}
	r.conclude()
	return r.report, nil
}

func revision(s *source.Snapshot) Revision {
	return Revision{Commit: s.Commit().Hash, Subject: s.Commit().Subject()}
}

// runner is one run.
type runner struct {
	ctx      context.Context
	renderer *render.Renderer
	trees    Trees
	options  Options
	report   *Report

	head, fork, base *environments.Tree
	judge            *gate.Rules // those of the base
	proposed         *gate.Rules // those of the head; nil when they are wrong
	statuses         map[string]v1alpha1.ModelDeploymentStatus
	rendered         map[string][]render.Rendered // whole environments of the head, by name
}

// load reads which environments and units there are.
func (r *runner) load() (err error) {
	path := r.options.Layout.Environments
	if r.head, err = environments.Load(r.trees.Head, path); err != nil {
		return fmt.Errorf("%w; run this in a clone of the repository, or give --path", err)
	}
	if r.fork, err = loadOrNone(r.trees.Fork, path); err != nil {
		return err
	}
	if r.base, err = loadOrNone(r.trees.Base, path); err != nil {
		return err
	}
	if r.options.Live != nil {
		if r.statuses, err = r.options.Live.Statuses(r.ctx); err != nil {
			return fmt.Errorf("asking the cluster what it runs: %w", err)
		}
	}
	return nil
}

// loadOrNone is an empty tree where there are no environments yet.
func loadOrNone(fsys fs.FS, path string) (*environments.Tree, error) {
	tree, err := environments.Load(fsys, path)
	if errors.Is(err, fs.ErrNotExist) {
		return &environments.Tree{}, nil
	}
	return tree, err
}

// loadRules reads the rules that judge, which are those of the base, and those that the change proposes.
func (r *runner) loadRules() error {
	var wrong problem.List
	if r.proposed, wrong = gate.LoadRules(r.trees.Head, r.options.Layout, r.head); len(wrong) > 0 {
		r.report.Problems = append(r.report.Problems, wrong...)
	} else {
		r.report.Problems = append(r.report.Problems, r.proposed.Problems()...)
	}
	if r.judge, wrong = gate.LoadRules(r.trees.Base, r.options.Layout, r.base); len(wrong) > 0 {
		r.note("the rules of %.12s are broken, so that nothing can be decided by them: %v", r.report.Base.Commit, wrong)
		if r.judge = r.proposed; r.judge != nil {
			r.note("the change is judged by its own rules, which mend them")
		}
		return nil
	}
	r.describeExceptions()
	if r.proposed != nil && r.proposed.Digest != r.judge.Digest {
		return r.judgeRules()
	}
	return nil
}

// judgeRules says whether a change of the rules would come into force.
func (r *runner) judgeRules() error {
	change := &RulesChange{Digest: r.proposed.Digest, Accepted: true}
	by, err := r.judge.Admit(r.proposed, r.trees.Head, r.options.Now)
	change.Approvers = by
	if err != nil {
		change.Accepted, change.Missing = false, err.Error()
	}
	files, err := r.ruleFiles()
	change.Files = files
	r.report.Rules = change
	return err
}

// ruleFiles are the files of rules that differ between base and head.
func (r *runner) ruleFiles() ([]string, error) {
	var names []string
	for _, dir := range []string{r.options.Layout.Policies, r.options.Layout.Trust, r.options.Layout.Environments} {
		changed, err := changedFiles(r.trees.Base, r.trees.Head, dir)
		if err != nil {
			return nil, err
		}
		names = append(names, changed...)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !r.options.Layout.IsRule(name) }), nil
}

func (r *runner) describeExceptions() {
	for _, e := range r.judge.Exceptions() {
		r.report.Exceptions = append(r.report.Exceptions, Exception{
			Name: e.Name, File: e.File, Units: e.Units, Policy: e.Policy, Reason: e.Reason, Approver: e.Approver,
			Expires: e.Expires, InForce: e.InForce(r.options.Now),
		})
	}
}

func (r *runner) note(format string, args ...any) {
	r.report.Notes = append(r.report.Notes, fmt.Sprintf(format, args...))
}

// once adds a note that is not there yet.
func (r *runner) once(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.report.Notes, text) {
		r.report.Notes = append(r.report.Notes, text)
	}
}

// asks says whether one of several policies refers to a variable.
func asks(selected []policies.Selection, variable string) bool {
	return slices.ContainsFunc(selected, func(s policies.Selection) bool { return s.Policy.Refers(variable) })
}

// conclude sums up.
func (r *runner) conclude() {
	hold := len(r.report.Problems) > 0 || r.judge == nil || r.report.Rules != nil && !r.report.Rules.Accepted
	warn := false
	for _, u := range r.report.Units {
		hold = hold || u.holds()
		warn = warn || u.warns()
	}
	switch {
	case hold:
		r.report.Verdict = policies.Hold
	case warn:
		r.report.Verdict = policies.Warn
	}
}

// holds says whether the unit would not come to be as the change wants it.
func (u Unit) holds() bool {
	return len(u.Problems) > 0 || len(u.Refused) > 0 || u.Outcome != nil && u.Outcome.Verdict == policies.Hold ||
		slices.ContainsFunc(u.Admission, func(a Admission) bool { return a.Action == "Deny" })
}

func (u Unit) warns() bool {
	return u.Outcome != nil && u.Outcome.Verdict == policies.Warn ||
		slices.ContainsFunc(u.Admission, func(a Admission) bool { return a.Action == "Warn" })
}
