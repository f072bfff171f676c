package audit

import (
	"context"
	"fmt"
	"path"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/render"
)

// replayer renders and decides again, as agent/decide.go does. What an agent knows from its cluster, it takes from the facts that
// came before, and what is in none, such as whether there was room, it leaves out and says so.
type replayer struct {
	auditor  *Auditor
	standing *Standing
	library  *library
	renderer *render.Renderer
	books    map[string]*book    // by commit of the rules
	scenes   map[string]*scene   // by commit and rules
	rendered map[string]rendered // by commit, rules and unit
	others   map[string]*Standing
}

// book is rules, or why there are none.
type book struct {
	rules *gate.Rules
	err   error
}

// scene is a commit with its environments as the rules in force govern them.
type scene struct {
	snapshot *source.Snapshot
	tree     *environments.Tree
	names    []string // of the environments
	rules    string   // commit of the rules
}

// rendered is a unit, or why it cannot be rendered.
type rendered struct {
	objects *render.Objects
	err     error
}

// What a replayer keeps at most. Facts come in the order of time, and so the same few are asked for again.
const (
	mostScenes   = 16
	mostRendered = 512
)

func newReplayer(a *Auditor, s *Standing) *replayer {
	return &replayer{
		auditor: a, standing: s, library: newLibrary(a.clone, a.config.Layout), renderer: render.New(),
		books: map[string]*book{}, scenes: map[string]*scene{}, rendered: map[string]rendered{}, others: map[string]*Standing{},
	}
}

// book reads the rules of a commit.
func (r *replayer) book(commit string) (*gate.Rules, error) {
	if known := r.books[commit]; known != nil {
		return known.rules, known.err
	}
	made := &book{}
	snapshot, err := r.library.at(commit)
	if err != nil {
		return nil, err
	}
	tree, err := environments.Load(snapshot, r.library.layout.Environments)
	if err != nil {
		made.err = err
	} else {
		var problems problem.List
		made.rules, problems = gate.LoadRules(snapshot, r.library.layout, tree)
		made.err = problems.Err()
	}
	r.books[commit] = made
	return made.rules, made.err
}

// scene shows a commit under rules; without a commit of rules under its own.
func (r *replayer) scene(commit, rulesCommit string) (*scene, error) {
	key := commit + " " + rulesCommit
	if known := r.scenes[key]; known != nil {
		return known, nil
	}
	snapshot, err := r.library.at(commit)
	if err != nil {
		return nil, err
	}
	tree, err := environments.Load(snapshot, r.library.layout.Environments)
	if err != nil {
		return nil, err
	}
	if rulesCommit != "" {
		rules, err := r.book(rulesCommit)
		if err != nil {
			return nil, fmt.Errorf("the rules of commit %.12s: %w", rulesCommit, err)
		}
		rules.Govern(tree)
	}
	made := &scene{snapshot: snapshot, tree: tree, rules: rulesCommit}
	for _, env := range tree.Environments {
		made.names = append(made.names, env.Name)
	}
	if len(r.scenes) >= mostScenes {
		clear(r.scenes)
	}
	r.scenes[key] = made
	return made, nil
}

// unit finds a model; nil if the commit has none.
func (s *scene) unit(environment, model string) *environments.Unit {
	for _, unit := range s.tree.Units {
		if unit.Environment.Name == environment && unit.Name == model {
			return unit
		}
	}
	return nil
}

// gone is a unit that left Git, in an environment that is still there.
func (s *scene) gone(environment, model string) *environments.Unit {
	for _, env := range s.tree.Environments {
		if env.Name == environment {
			return &environments.Unit{Environment: env, Name: model, Dir: path.Join(env.Dir, model)}
		}
	}
	return nil
}

// render renders a unit of a scene from the files of a commit.
func (r *replayer) render(s *scene, unit *environments.Unit, from *source.Snapshot) (*render.Objects, error) {
	key := from.Commit().Hash + " " + s.rules + " " + unit.ID()
	known, ok := r.rendered[key]
	if !ok {
		if len(r.rendered) >= mostRendered {
			clear(r.rendered)
		}
		known.objects, known.err = r.renderer.Render(from, unit)
		r.rendered[key] = known
	}
	return known.objects, known.err
}

// replay renders a fact again, and decides again where it is a decision.
func (r *replayer) replay(ctx context.Context, f records.Fact, before *past) (*Replay, error) {
	made := &Replay{
		Environment: f.Environment, Sequence: f.Sequence, Unit: f.Unit(), Kind: f.Kind, Time: f.Time, Commit: f.Data.Source.Commit,
		RulesCommit: f.Data.Inputs.RulesCommit, Recorded: f.Data.Agent.Version, Version: r.auditor.config.Version,
	}
	if made.RulesCommit == "" {
		made.RulesCommit = before.rules
	}
	c := &comparison{Replay: made, fact: f}
	if err := r.act(ctx, c, before); err != nil {
		return nil, err
	}
	made.sum()
	return made, nil
}

// act does what there is to do. It fails only when all of it has to end.
func (r *replayer) act(ctx context.Context, c *comparison, before *past) error {
	at, err := r.scene(c.Commit, c.RulesCommit)
	if err != nil {
		c.cannot("the commit and its rules", err)
		return ctx.Err()
	}
	removal := c.fact.Data.Decision != nil && len(c.fact.Data.Inputs.Files) == 0
	unit := at.unit(c.fact.Environment, c.fact.Model)
	if removal {
		unit = at.gone(c.fact.Environment, c.fact.Model)
	}
	if unit == nil {
		c.differs("unit", "", "", fmt.Sprintf("commit %.12s has no %s", c.Commit, c.Unit))
		return nil
	}
	var wanted *render.Objects
	if !removal {
		if at, wanted, err = r.wanted(c, at, unit); err != nil {
			c.cannot("objects", err)
			return ctx.Err()
		}
		c.objects(wanted)
	}
	if c.fact.Data.Decision == nil {
		return nil
	}
	return r.decide(ctx, c, &question{scene: at, unit: unit, wanted: wanted, before: before})
}

// wanted renders what was asked for. The environment is as the rules in force have it; where the fact names older rules, since a
// change is judged by those before it too, that may be the commit's own.
func (r *replayer) wanted(c *comparison, at *scene, unit *environments.Unit) (*scene, *render.Objects, error) {
	objects, err := r.render(at, unit, at.snapshot)
	if err == nil && objects.Digest == c.fact.Data.Inputs.Digest {
		return at, objects, nil
	}
	own, err2 := r.scene(c.Commit, c.Commit)
	if err2 != nil {
		return at, objects, err
	}
	again := own.unit(c.fact.Environment, c.fact.Model)
	if again == nil {
		return at, objects, err
	}
	other, err2 := r.render(own, again, own.snapshot)
	if err2 == nil && other.Digest == c.fact.Data.Inputs.Digest {
		c.note("the environment is as commit %.12s has it, which brought rules of its own", c.Commit)
		return own, other, nil
	}
	return at, objects, err
}
