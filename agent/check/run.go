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
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
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
	// Witnesses are the environments whose records count in another one, for who has heard them already; the records of Trees
	// are heard when it is nil.
	Witnesses func(environment string, rules *gate.Rules) map[string]gate.Witness
	// Live is what a cluster knows; nil without one.
	Live Live
	// Now is the time of all decisions.
	Now time.Time
}

// Trees are what is compared.
type Trees struct {
	// Base is what the change is to be merged into, and Fork where it left that: its newest commit that the base has too.
	// Both are nil when there was nothing before.
	Base, Fork *source.Snapshot
	// HeadCommit is the newest commit of the change, and Head the change itself: the tree of that commit, or the work tree.
	HeadCommit *source.Snapshot
	Head       source.Tree
	// Uncommitted are the files of the work tree that differ from the commit.
	Uncommitted []string
	// Records are the tips of the branches with the records of environments, by their names, as far as they are here.
	Records map[string]string
	// History answers questions about commits, and At shows one of them.
	History *source.History
	At      func(commit string) (*source.Snapshot, error)
}

// Run finds out what a change would do. It fails only when that cannot be told; what is wrong with the change is in the
// report.
func Run(ctx context.Context, renderer *render.Renderer, trees Trees, o Options) (*Report, error) {
	o.Layout = o.Layout.WithDefaults()
	r := &runner{
		ctx: ctx, renderer: renderer, options: o, history: trees.History, at: trees.At, records: trees.Records, uncommitted: trees.Uncommitted,
		base: sideOf(trees.Base), fork: sideOf(trees.Fork), head: side{files: trees.Head, commit: trees.HeadCommit.Commit()},
		reach: map[string]bool{}, heard: map[string]map[string]gate.Witness{},
	}
	r.report = &Report{Verdict: policies.Admit, Now: o.Now, Base: r.base.revision(), Fork: r.fork.revision(), Head: r.head.revision()}
	r.report.Head.Uncommitted = trees.Uncommitted
	for _, step := range []func() error{r.load, r.loadRules, r.units} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.conclude()
	return r.report, nil
}

// side is one of the trees, with the environments in it.
type side struct {
	files        source.Tree
	commit       source.Commit
	environments *environments.Tree
}

// sideOf is a side without any files when there is no snapshot.
func sideOf(s *source.Snapshot) side {
	if s == nil {
		return side{files: nothing{}}
	}
	return side{files: s, commit: s.Commit()}
}

func (s side) revision() Revision {
	return Revision{Commit: s.commit.Hash, Subject: s.commit.Subject()}
}

// load reads which environments and units a side has; none where there are none yet.
func (s *side) load(path string) error {
	tree, err := environments.Load(s.files, path)
	if errors.Is(err, fs.ErrNotExist) {
		tree, err = &environments.Tree{}, nil
	}
	s.environments = tree
	return err
}

// nothing is what was there before the first commit.
type nothing struct{}

func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (nothing) ObjectID(name string) (string, error) {
	return "", &fs.PathError{Op: "objectid", Path: name, Err: fs.ErrNotExist}
}

// runner is one run.
type runner struct {
	ctx      context.Context
	renderer *render.Renderer
	options  Options
	report   *Report

	base, fork, head side
	history          *source.History
	at               func(commit string) (*source.Snapshot, error)
	uncommitted      []string
	records          map[string]string                  // tips by environment
	heard            map[string]map[string]gate.Witness // by the environment that hears

	judge    *gate.Rules    // those of the base, or nil when nothing can be decided
	proposed *gate.Rules    // those of the head; nil when they are wrong
	own      *admission.Set // the admission policies that the base has of the cluster
	live     liveAnswers

	reach    map[string]bool            // whether the change can affect a unit, by its id
	rendered map[string]render.Rendered // units of the head, by id
	loads    map[string][]gate.Load     // by environment
}

// load reads which environments and units there are, before and after.
func (r *runner) load() error {
	path := r.options.Layout.Environments
	for _, s := range []*side{&r.base, &r.fork, &r.head} {
		if err := s.load(path); err != nil {
			return err
		}
	}
	if len(r.head.environments.Environments)+len(r.fork.environments.Environments) == 0 {
		return fmt.Errorf("there are no environments in %s, neither before nor after the change; run this in a clone of the repository, or give --path", path)
	}
	return r.askStatuses()
}

// note adds what a reader should know, once.
func (r *runner) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.report.Notes, text) {
		r.report.Notes = append(r.report.Notes, text)
	}
}

// conclude sums up.
func (r *runner) conclude() {
	slices.SortFunc(r.report.Units, byID)
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

// Live is what a cluster knows.
type Live interface {
	// Statuses are those of all ModelDeployments, by unit id.
	Statuses(ctx context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error)
	// Room says whether there is room for what is rendered; nil when that is not known.
	Room(ctx context.Context, objects *render.Objects) (*policies.Capacity, error)
	// DryRun has the API server and its webhooks look at the objects, and returns what they refuse.
	DryRun(ctx context.Context, objects *render.Objects) ([]string, error)
	// Policies are the cluster's own admission policies. An error means that they are not known, as for want of a right.
	Policies(ctx context.Context) (*admission.Set, error)
	// Labels are those of a namespace; nil when they are not known.
	Labels(ctx context.Context, namespace string) map[string]string
}
