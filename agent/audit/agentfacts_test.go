package audit_test

import (
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

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
