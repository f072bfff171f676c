package audit_test

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// agent does of an agent what records tell: it looks at the newest commit, renders, decides by the rules of that commit with the
// records of dev, and writes what came of it, as agent/fact.go does. Nothing is applied anywhere.
type agent struct {
	w    *world
	name string
	key  byte
	head records.Head

	clone    *source.Clone
	snapshot *source.Snapshot
	tree     *environments.Tree
	rules    *gate.Rules

	admitted map[string]*standing // by model
	pending  []records.Fact
	change   func(*records.Fact) // alters what is written; may be nil
	version  string
}

// standing is what the agent would find in the status of a model.
type standing struct {
	commit   string
	objects  *render.Objects
	releases []v1alpha1.ReleaseStatus
}

func (w *world) agent(name string) *agent {
	if w.agents[name] == nil {
		key := byte(11)
		if name == "prod" {
			key = 12
		}
		w.agents[name] = &agent{w: w, name: name, key: key, admitted: map[string]*standing{}, version: "v0.5.0"}
	}
	return w.agents[name]
}

// look fetches.
func (a *agent) look() *agent {
	t := a.w.t
	t.Helper()
	a.clone = a.w.clone()
	var err error
	if a.snapshot, err = a.clone.Resolve("main"); err != nil {
		t.Fatal(err)
	}
	if a.tree, err = environments.Load(a.snapshot, "environments"); err != nil {
		t.Fatal(err)
	}
	rules, problems := gate.LoadRules(a.snapshot, gate.Layout{}.WithDefaults(), a.tree)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a.rules = rules
	a.rules.Govern(a.tree)
	return a
}

// unit is a model as the newest commit has it, or had it.
func (a *agent) unit(model string) (unit *environments.Unit, there bool) {
	for _, unit := range a.tree.Units {
		if unit.ID() == a.name+"/"+model {
			return unit, true
		}
	}
	for _, env := range a.tree.Environments {
		if env.Name == a.name {
			return &environments.Unit{Environment: env, Name: model, Dir: path.Join(env.Dir, model)}, false
		}
	}
	a.w.t.Fatal("no environment " + a.name)
	return nil, false
}

func (a *agent) render(model string) *render.Objects {
	a.w.t.Helper()
	unit, there := a.unit(model)
	if !there {
		return nil
	}
	objects, err := render.New().Render(a.snapshot, unit)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return objects
}

// decide asks policy about what the newest commit wants of a model, and tells it.
func (a *agent) decide(model string) gate.Outcome {
	t := a.w.t
	t.Helper()
	a.look()
	unit, _ := a.unit(model)
	s := &gate.Subject{
		Unit: unit, Wanted: a.render(model), Tree: a.snapshot, Now: a.w.now,
		At:        func(commit string) (fs.FS, error) { return a.clone.At(commit) },
		Witnesses: func() map[string]gate.Witness { return a.witnesses() },
	}
	for _, env := range a.tree.Environments {
		s.Environments = append(s.Environments, env.Name)
	}
	from := ""
	if before := a.admitted[model]; before != nil {
		s.Admitted, from = before.objects, before.commit
		s.Former = gate.Former(v1alpha1.ModelDeploymentStatus{Releases: before.releases})
		snapshot, err := a.clone.At(from)
		if err != nil {
			t.Fatal(err)
		}
		s.Before = snapshot
	}
	s.Files = s.ChangedFiles()
	s.Lines = func() (int64, error) { return source.Lines(s.Before, s.Tree, s.Files) }
	s.Units = func() int64 { return 1 }
	s.Capacity = func() *policies.Capacity { return &policies.Capacity{Schedulable: false, Message: "1 GPU is missing"} }
	var err error
	if s.Commits, err = a.clone.History().Touching(t.Context(), from, a.snapshot.Commit().Hash, s.FileNames()); err != nil {
		t.Fatal(err)
	}
	outcome, err := a.rules.Decide(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	a.tell(a.decision(model, s, outcome))
	return outcome
}

// witnesses hears the records of dev.
func (a *agent) witnesses() map[string]gate.Witness {
	tips := map[string]string{}
	if head, err := a.w.repo.Head(records.Branch("dev")); err == nil {
		tips["dev"] = head
	}
	return a.rules.Witnesses(context.Background(), a.name, a.clone, tips, a.w.now)
}

// decision is the fact about an outcome.
func (a *agent) decision(model string, s *gate.Subject, o gate.Outcome) records.Fact {
	f := records.Fact{Kind: records.Admitted, Model: model, Data: records.Data{Source: &records.Source{Commit: a.snapshot.Commit().Hash}}}
	switch o.Reason() {
	case v1alpha1.ReasonHeld:
		f.Kind = records.Held
	case v1alpha1.ReasonOverridden:
		f.Kind = records.Overridden
	}
	if s.Wanted != nil {
		f.Data = a.about(s.Wanted, a.snapshot.Commit().Hash)
	} else {
		f.Data.Inputs = &records.Inputs{Content: o.Input.Unit.Content}
		f.Data.Release = &records.Release{ID: o.Input.Unit.Release, Digest: o.Input.Unit.ReleaseDigest}
	}
	f.Data.Source.Changes = o.Input.Change.Commits
	f.Data.Inputs.Objects, f.Data.Inputs.Rules, f.Data.Inputs.RulesCommit = o.Objects, o.Rules, a.snapshot.Commit().Hash
	f.Data.Release.Previous = o.Input.Unit.PreviousRelease
	f.Data.Decision = &records.Decision{
		Decision: o.Decision, Reason: o.Reason(), Change: o.Input.Change.Kind, Now: o.Input.Now, Notes: o.Notes,
		Approvals: o.Input.Approvals, Evidence: o.Input.Evidence, Evaluations: o.Input.Evaluations, Windows: &o.Input.Windows,
	}
	f.Data.Message = strings.ToLower(string(f.Kind)) + ": " + o.Explain()
	return f
}

// about is what there is to say of objects.
func (a *agent) about(o *render.Objects, commit string) records.Data {
	release := o.Descriptor.Spec.Release
	d := records.Data{
		Source: &records.Source{Commit: commit}, Inputs: &records.Inputs{Content: o.Content, Digest: o.Digest},
		Release: &records.Release{ID: o.ReleaseID, Digest: environments.ReleaseDigest(release), Model: release.Model.Source, Revision: release.Model.Revision, Image: release.Runtime.Image},
	}
	for _, f := range o.Files {
		d.Inputs.Files = append(d.Inputs.Files, records.File{Name: f.Name, SHA256: f.SHA256})
	}
	return d
}

// tell keeps a fact until it is written.
func (a *agent) tell(f records.Fact) {
	f.Environment, f.Time = a.name, a.w.now
	f.Data.Agent = records.Agent{Version: a.version, Identity: "penstock-0", Installation: "0b0c7f0e-6f0f-4d4b-9f0a-2f1f5a0f2d11"}
	if f.Data.Source != nil {
		f.Data.Source.Branch = "main"
	}
	f.ID = records.NewID(a.name, string(f.Kind), f.Model, f.Time.String(), f.Data.Message)
	if a.change != nil {
		a.change(&f)
	}
	a.pending = append(a.pending, f)
}
