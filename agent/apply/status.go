package apply

import (
	"context"
	"errors"
	"fmt"
	"sync"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// statusTries bounds how often a status is decided anew because somebody wrote the object meanwhile.
const statusTries = 3

// WriteStatus brings the status of a unit's ModelDeployment up to date with what happened, and sends the
// events that follow from it. It writes only what differs: with nothing new it makes no request, unless
// the agent has just started and has to read the old status first.
func (a *Applier) WriteStatus(ctx context.Context, report Report) error {
	var err error
	for range statusTries {
		if err = a.writeStatus(ctx, report); !apierrors.IsConflict(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("writing the status of %s: %w", report.Unit.ID(), err)
	}
	return nil
}

func (a *Applier) writeStatus(ctx context.Context, report Report) error {
	parent, err := a.parent(ctx, report.Unit)
	if parent == nil || err != nil {
		return err // without a parent nothing was ever applied that could have a status
	}
	status, events := Next(parent.Status, parent.Generation, report, a.now())
	if !apiequality.Semantic.DeepEqual(status, parent.Status) {
		if parent, err = a.patchStatus(ctx, report.Unit, parent, status); err != nil {
			return err
		}
	}
	a.emit(report.Unit, parent, events)
	return nil
}

// ReportInvalid says in the cluster that a unit was refused before it could be applied. A unit that was
// never applied gets a ModelDeployment without a spec to carry the message.
func (a *Applier) ReportInvalid(ctx context.Context, unit Ref, revision Revision, problems problem.List, recorded *v1alpha1.RecordedStatus) error {
	if err := a.ensureParent(ctx, unit); err != nil {
		return fmt.Errorf("reporting on %s: %w", unit.ID(), err)
	}
	return a.WriteStatus(ctx, Report{Unit: unit, Commit: revision.Commit, Err: problems, Recorded: recorded})
}

// ReportRoom says in the cluster, before a unit is applied, that there is no room for it.
func (a *Applier) ReportRoom(ctx context.Context, unit Ref, room Room) error {
	if err := a.ensureParent(ctx, unit); err != nil {
		return fmt.Errorf("reporting on %s: %w", unit.ID(), err)
	}
	return a.WriteStatus(ctx, Report{Unit: unit, Room: &room})
}

// ReportGate says in the cluster that policy holds a unit, which may never have been applied.
func (a *Applier) ReportGate(ctx context.Context, unit Ref, gate Gate, recorded *v1alpha1.RecordedStatus) error {
	if err := a.ensureParent(ctx, unit); err != nil {
		return fmt.Errorf("reporting on %s: %w", unit.ID(), err)
	}
	return a.WriteStatus(ctx, Report{Unit: unit, Gate: &gate, Recorded: recorded})
}

func (a *Applier) ensureParent(ctx context.Context, unit Ref) error {
	parent, err := a.parent(ctx, unit)
	if parent != nil || err != nil {
		return err
	}
	if err := a.ensureNamespace(ctx, unit.Namespace); err != nil {
		return err
	}
	bare, err := toUnstructured(bareParent(unit, inventoryState{}))
	if err != nil {
		return err
	}
	err = a.client.Patch(ctx, bare, applyPatch{}, client.FieldOwner(v1alpha1.ManagedBy), client.ForceOwnership)
	if err != nil {
		a.namespaces.Delete(unit.Namespace)
		return explain("applying", unit.parent(), err)
	}
	md, err := fromUnstructured(bare)
	if err == nil {
		a.parents.remember(unit, md)
	}
	return err
}

// patchStatus applies the status to the object just as it was read, by its resource version. An agent that
// is no longer the leader, but does not know it yet, cannot write over what its successor wrote. (A UID is
// no such guard: the API server ignores that of a status.)
func (a *Applier) patchStatus(ctx context.Context, unit Ref, parent *v1alpha1.ModelDeployment, status v1alpha1.ModelDeploymentStatus) (*v1alpha1.ModelDeployment, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	if err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{Object: map[string]any{"status": content}}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.ModelDeploymentKind))
	u.SetNamespace(parent.Namespace)
	u.SetName(parent.Name)
	u.SetResourceVersion(parent.ResourceVersion)
	err = a.client.Status().Patch(ctx, u, applyPatch{}, client.FieldOwner(v1alpha1.ManagedBy), client.ForceOwnership)
	if err != nil {
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			a.parents.forget(unit)
		}
		return nil, explain("writing the status of", unit.parent(), err)
	}
	md, err := fromUnstructured(u)
	if err == nil {
		a.parents.remember(unit, md)
	}
	return md, err
}

// parent is a unit's ModelDeployment as the agent last saw it; nil when there is none.
func (a *Applier) parent(ctx context.Context, unit Ref) (*v1alpha1.ModelDeployment, error) {
	if md := a.parents.recall(unit); md != nil {
		return md, nil
	}
	return a.getParent(ctx, unit)
}

// ReadStatus is the status of a unit as the agent last read or wrote it; it is asked for only when the agent
// has not seen the unit yet. It is empty for a unit that is not there.
func (a *Applier) ReadStatus(ctx context.Context, unit Ref) (v1alpha1.ModelDeploymentStatus, error) {
	md, err := a.parent(ctx, unit)
	if err != nil || md == nil {
		return v1alpha1.ModelDeploymentStatus{}, err
	}
	return *md.Status.DeepCopy(), nil
}

// parents remembers the ModelDeployments as they were last seen, so that an unchanged status costs no
// request. Only the agent writes them; Apply reads them anew each time.
type parents struct {
	mu   sync.Mutex
	seen map[parentKey]*v1alpha1.ModelDeployment
}

// parentKey leaves the environment out, which may be renamed.
type parentKey struct{ namespace, name string }

func (p *parents) remember(unit Ref, md *v1alpha1.ModelDeployment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[parentKey]*v1alpha1.ModelDeployment{}
	}
	slim := md.DeepCopy()
	slim.ManagedFields, slim.Spec = nil, nil
	p.seen[parentKey{unit.Namespace, unit.Name}] = slim
}

func (p *parents) forget(unit Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.seen, parentKey{unit.Namespace, unit.Name})
}

// recall returns what must not be changed.
func (p *parents) recall(unit Ref) *v1alpha1.ModelDeployment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[parentKey{unit.Namespace, unit.Name}]
}

// invalid says whether err is about the repository and not about the cluster.
func invalid(err error) (problem.List, bool) {
	var problems problem.List
	ok := errors.As(err, &problems)
	return problems, ok
}
