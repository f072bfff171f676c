package promote

import (
	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// ReleaseFile is the file of a unit that is promoted: a patch that sets spec.release and nothing else.
const ReleaseFile = "release.yaml"

// Request says what is to be promoted.
type Request struct {
	// Model is its name, as in llama-3-8b.
	Model string
	// From is the environment that has the release; the one that To names in promotedFrom when empty.
	From string
	// To is the environment that is to have it.
	To string
}

// Plan is what a promotion would do. It is immutable.
type Plan struct {
	// Model, From and To are what is promoted.
	Model, From, To string
	// Source is the file that is copied, Target the one that it replaces, and Data its bytes.
	Source, Target string
	Data           []byte
	// Origin is the model in From, and After as it would be in To. Their releases are the same to the last bit.
	Origin, After *render.Objects
	// Before is the model as it is in To; nil when it is broken there, and the promotion mends it.
	Before *render.Objects
	// Tree is the repository as it would be.
	Tree source.Tree
	// Warnings are what a reader should know although it is in nobody's way.
	Warnings []string

	was string // what Target's unit is now: see Key
}

// planner finds out what a promotion would do.
type planner struct {
	renderer     *render.Renderer
	tree         source.Tree
	layout       gate.Layout
	environments *environments.Tree
	from, to     *environments.Unit
	plan         *Plan
}

// New finds out what a promotion would do to a tree, which is that of the branch it is to be merged into. It reads nothing
// but the tree. What cannot be promoted is a *Refusal; a name that there is not is another error, which says what was meant.
func New(renderer *render.Renderer, tree source.Tree, layout gate.Layout, r Request) (*Plan, error) {
	p := &planner{renderer: renderer, tree: tree, layout: layout.WithDefaults(), plan: &Plan{Model: r.Model, To: r.To}}
	var err error
	if p.environments, err = environments.Load(tree, p.layout.Environments); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() error { return p.findEnvironments(r) }, p.findUnits, p.findFiles, p.checkAlone, p.renderNow, p.renderThen,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.warn()
	return p.plan, nil
}

// Unit is the target, as in prod/llama-3-8b.
func (p *Plan) Unit() string { return p.To + "/" + p.Model }

// Branch is the branch of the promotion.
func (p *Plan) Branch() string { return Branch(p.To, p.Model) }

// Files are what the promotion writes, by name.
func (p *Plan) Files() map[string][]byte { return map[string][]byte{p.Target: p.Data} }

// Trees are what agent/check compares to judge the promotion before it is committed: target is the commit that the plan was
// made for. What only a repository knows, its history and records, is left to add.
func (p *Plan) Trees(target *source.Snapshot) check.Trees {
	return check.Trees{Base: target, Fork: target, HeadCommit: target, Head: p.Tree, Uncommitted: []string{p.Target}}
}

// ReleaseID is the short id of the release, and Digest all of it.
func (p *Plan) ReleaseID() string { return p.After.ReleaseID }

// Digest is the release's, in hex.
func (p *Plan) Digest() string { return digestOf(p.After) }

// Replaces is the short id of the release that is replaced; empty when that is broken.
func (p *Plan) Replaces() string {
	if p.Before == nil {
		return ""
	}
	return p.Before.ReleaseID
}

func digestOf(o *render.Objects) string { return environments.ReleaseDigest(o.Descriptor.Spec.Release) }
