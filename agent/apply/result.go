package apply

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/penstock-dev/penstock/render"
)

// Object names an object of the cluster, whatever the version that it is written in.
type Object struct {
	Group, Kind, Namespace, Name string
}

// String is the object as people name it, as in Deployment prod/llama-3-8b.
func (o Object) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// GroupKind is the object's kind with its group.
func (o Object) GroupKind() schema.GroupKind { return schema.GroupKind{Group: o.Group, Kind: o.Kind} }

func (o Object) secret() bool { return o.Group == "" && o.Kind == "Secret" }

func objectOf(u *unstructured.Unstructured) Object {
	return objectAs(u.GroupVersionKind().GroupKind(), u)
}

func objectAs(kind schema.GroupKind, m metav1.Object) Object {
	return Object{Group: kind.Group, Kind: kind.Kind, Namespace: m.GetNamespace(), Name: m.GetName()}
}

// Action is what was done to an object.
type Action string

// The actions.
const (
	Created    Action = "created"
	Configured Action = "configured"
	Unchanged  Action = "unchanged"
	// Deleted means that the API server took the request; finalizers may keep the object for a while.
	Deleted Action = "deleted"
	// Kept is an object that left the unit but is not deleted: a PersistentVolumeClaim.
	Kept Action = "kept"
)

// Change is what was done to one object.
type Change struct {
	Object Object
	Action Action
}

// Conflict is a field that another manager had set to another value. Git won.
type Conflict struct {
	Object Object
	// Field as the API server names it, such as .spec.replicas.
	Field string
	// Manager that had set it, such as kubectl-edit.
	Manager string
}

// Member is one object of a unit, as it was last written or read.
type Member struct {
	Object Object
	// UID and Generation tell whether a watch has caught up with a write. They are empty when unknown.
	UID        types.UID
	Generation int64
}

// Result is what Apply or Remove did. After an error it is what was done until then.
type Result struct {
	// Changes are sorted as they were made: the parent, the members, what was pruned.
	Changes []Change
	// Conflicts are the fields that were taken from other managers.
	Conflicts []Conflict
	// Members are the unit's objects without the parent; they are complete only without an error.
	Members []Member
}

// Changed says whether anything in the cluster is different now.
func (r *Result) Changed() bool {
	return slices.ContainsFunc(r.Changes, func(c Change) bool { return c.Action != Unchanged && c.Action != Kept })
}

// With returns the objects that got one action.
func (r *Result) With(action Action) []Object {
	var objects []Object
	for _, c := range r.Changes {
		if c.Action == action {
			objects = append(objects, c.Object)
		}
	}
	return objects
}

// Kinds are the group-kinds of the members, sorted.
func (r *Result) Kinds() []schema.GroupKind { return kindsOf(r.Members) }

// MembersOf are the members that rendered objects will be, with no UID or generation.
func MembersOf(objects *render.Objects) []Member {
	members := make([]Member, len(objects.Items))
	for i, item := range objects.Items {
		members[i] = Member{Object: objectOf(item)}
	}
	return members
}

func kindsOf(members []Member) []schema.GroupKind {
	var kinds []schema.GroupKind
	for _, m := range members {
		kinds = append(kinds, m.Object.GroupKind())
	}
	return sortedKinds(kinds)
}
