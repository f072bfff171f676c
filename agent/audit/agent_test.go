package audit_test

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
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

// apply tells that what the newest commit wants is in the cluster.
func (a *agent) apply(model string) *agent {
	o, commit := a.render(model), a.snapshot.Commit().Hash
	d := a.about(o, commit)
	d.Message = "applied " + o.ReleaseID + " of " + a.name + "/" + model
	d.Objects = []records.Object{{Group: "apps", Kind: "Deployment", Namespace: "models-" + a.name, Name: model, Action: "configured"}, {Kind: "Service", Namespace: "models-" + a.name, Name: model, Action: "unchanged"}}
	a.tell(records.Fact{Kind: records.Applied, Model: model, Data: d})
	a.stand(model, o, commit)
	return a
}

func (a *agent) stand(model string, o *render.Objects, commit string) {
	s := a.admitted[model]
	if s == nil {
		s = &standing{}
		a.admitted[model] = s
	}
	s.commit, s.objects = commit, o
	digest := environments.ReleaseDigest(o.Descriptor.Spec.Release)
	if len(s.releases) == 0 || s.releases[0].Digest != digest {
		s.releases = append([]v1alpha1.ReleaseStatus{{Digest: digest}}, s.releases...)
	}
}

// healthy and failed tell how what runs is.
func (a *agent) healthy(model string) *agent {
	return a.health(model, records.Healthy, "Healthy", "1 of 1 replicas are ready")
}
func (a *agent) failed(model string) *agent {
	return a.health(model, records.Degraded, "Degraded", "CrashLoopBackOff")
}

func (a *agent) health(model string, kind records.Kind, status, message string) *agent {
	s := a.admitted[model]
	d := a.about(s.objects, s.commit)
	d.Inputs, d.Health = nil, &records.Health{Status: status, Message: message}
	d.Message = s.objects.ReleaseID + " is " + strings.ToLower(status)
	if kind == records.Healthy {
		at := v1alpha1.ReleaseStatus{}.Since
		at.Time = a.w.now
		s.releases[0].HealthySince, s.releases[0].FirstHealthy = &at, &at
	}
	a.tell(records.Fact{Kind: kind, Model: model, Data: d})
	return a
}

// rollBack tells that the release of a commit runs again.
func (a *agent) rollBack(model, commit string) *agent {
	failed := a.admitted[model].objects
	a.look()
	at, err := a.clone.At(commit)
	if err != nil {
		a.w.t.Fatal(err)
	}
	unit, _ := a.unit(model)
	o, err := render.New().Render(at, unit)
	if err != nil {
		a.w.t.Fatal(err)
	}
	d := a.about(o, commit)
	d.Release.Previous = failed.ReleaseID
	d.Rollback = &records.Rollback{From: environments.ReleaseDigest(failed.Descriptor.Spec.Release), To: d.Release.Digest, ToCommit: commit}
	d.Problems, d.Message = []string{"CrashLoopBackOff"}, "take "+a.name+"/"+model+" back from "+failed.ReleaseID+" to "+o.ReleaseID
	a.tell(records.Fact{Kind: records.RolledBack, Model: model, Data: d})
	d2 := a.about(o, commit)
	d2.Message = "applied " + o.ReleaseID
	a.tell(records.Fact{Kind: records.Applied, Model: model, Data: d2})
	a.stand(model, o, commit)
	return a
}

// other tells a fact of another kind.
func (a *agent) other(kind records.Kind, model string, d records.Data) *agent {
	if s := a.admitted[model]; s != nil {
		about := a.about(s.objects, s.commit)
		d.Release, d.Source = about.Release, about.Source
	}
	a.tell(records.Fact{Kind: kind, Model: model, Data: d})
	if kind == records.Pruned {
		delete(a.admitted, model)
	}
	return a
}

// write commits what was told, as an agent does, and returns the commit.
func (a *agent) write() string {
	a.w.t.Helper()
	change := a.next()
	id := a.w.repo.Commit(change.Change)
	a.head, a.pending = change.made.Committed(id), nil
	return id
}

// next is what would be committed.
func (a *agent) next() (made struct {
	gitserver.Change
	made *records.Commit
}) {
	a.w.t.Helper()
	c, err := records.Append(a.head, a.name, a.pending, nil, a.w.now.Add(time.Minute))
	if err != nil || c == nil {
		a.w.t.Fatal("nothing to write: ", err)
	}
	written := map[string]string{}
	for name, data := range c.Files {
		written[name] = string(data)
	}
	made.made = c
	made.Change = gitserver.Change{Branch: records.Branch(a.name), Message: c.Message, Author: gitserver.Person{Name: c.Name, Email: c.Email}, When: c.Time, Files: written, Signer: keyOf(a.w.t, a.key)}
	return made
}
