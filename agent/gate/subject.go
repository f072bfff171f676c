package gate

import (
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// Subject is a unit and the change that brings it.
type Subject struct {
	// Unit is the model in the environment.
	Unit *environments.Unit
	// Wanted is what Git asks for; nil for a removal. It is what is decided on: nothing else may be applied.
	Wanted *render.Objects
	// Admitted is what was last admitted; nil for a new unit.
	Admitted *render.Objects
	// Former are the digests of the releases that were healthy here before that: to return to one is a rollback.
	Former []string
	// Commits are all that touched what the unit reads since it was last admitted, newest first.
	Commits []source.Commit
	// Uncommitted says that the newest change is not committed yet.
	Uncommitted bool
	// Files are those that the unit reads and that differ: see ChangedFiles.
	Files []string
	// Lines is how many lines of them differ, and Units how many units of the environment change with it. They are asked
	// only when a policy refers to them, as are the functions below; each may be nil.
	Lines func() (int64, error)
	Units func() int64
	// Tree is where approvals, scans and evaluations are read; Before the tree of what was last admitted, which may be
	// nil.
	Tree, Before fs.FS
	// At is the tree of a commit.
	At func(commit string) (fs.FS, error)
	// Environments are the names of all that there are.
	Environments []string
	// Elsewhere is what is known of the model in other environments, by their names.
	Elsewhere func() map[string]v1alpha1.ModelDeploymentStatus
	// Witnesses are the environments whose records count as evidence here, by their names. What their records do not prove is
	// not known, whatever Elsewhere says of them.
	Witnesses func() map[string]Witness
	// Loads are what all units of the environment take, this one included.
	Loads func() []Load
	// Capacity is whether the live cluster has room; it returns nil when that is not known.
	Capacity func() *policies.Capacity
	// Now is the time of the decision.
	Now time.Time
}

// KindOf is what kind of change it is.
func (s *Subject) KindOf() string {
	switch {
	case s.Wanted == nil:
		return policies.ChangeRemoval
	case s.Admitted == nil:
		return policies.ChangeNew
	}
	release, placement := render.Differs(s.Admitted, s.Wanted)
	switch {
	case release && placement: // also with a release of before: a return is no cover for anything else
		return policies.ChangeBoth
	case release && s.isReturn():
		return policies.ChangeRollback
	case release:
		return policies.ChangeRelease
	case placement:
		return policies.ChangePlacement
	}
	return policies.ChangeNone
}

// isReturn says whether the release was admitted here before.
func (s *Subject) isReturn() bool {
	digest := digestOf(s.Wanted)
	for _, former := range s.Former {
		if former == digest {
			return true
		}
	}
	return false
}

// object is what the change is about: what is wanted or, for a removal, what there was.
func (s *Subject) object() *render.Objects {
	if s.Wanted != nil {
		return s.Wanted
	}
	return s.Admitted
}

func digestOf(o *render.Objects) string { return environments.ReleaseDigest(o.Descriptor.Spec.Release) }

// Content is the digest that approvals of the change are bound to.
func (s *Subject) Content() string {
	if s.Wanted != nil {
		return s.Wanted.Content
	}
	return RemovalContent(s.Admitted.Content)
}

// FileNames are all files that the unit read before or reads now, sorted.
func (s *Subject) FileNames() []string {
	names := map[string]bool{}
	for _, o := range []*render.Objects{s.Admitted, s.Wanted} {
		if o != nil {
			for _, f := range o.Files {
				names[f.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// ChangedFiles are those of the files that are not the same before and now, sorted.
func (s *Subject) ChangedFiles() []string {
	digests := func(o *render.Objects) map[string]string {
		all := map[string]string{}
		if o != nil {
			for _, f := range o.Files {
				all[f.Name] = f.SHA256
			}
		}
		return all
	}
	before, now := digests(s.Admitted), digests(s.Wanted)
	return slices.DeleteFunc(s.FileNames(), func(name string) bool { return before[name] == now[name] })
}
