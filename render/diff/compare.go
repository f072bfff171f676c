package diff

import (
	"cmp"
	"regexp"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Compare lists the objects that differ, sorted by kind, namespace and name. Objects are the same when group, kind,
// namespace and name are. Those of a kind that generators name after their content are also the same when all but the
// digest in their names is, and one of them went and one came.
func Compare(before, after []*unstructured.Unstructured) []Object {
	pairs := match(before, after)
	var all []Object
	for _, p := range pairs {
		if o, different := p.compare(); different {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// pair is an object before and after; one of them may be nil.
type pair struct{ before, after *unstructured.Unstructured }

type identity struct {
	schema.GroupKind
	namespace, name string
}

func identityOf(o *unstructured.Unstructured) identity {
	return identity{o.GroupVersionKind().GroupKind(), o.GetNamespace(), o.GetName()}
}

// match finds the pairs. Objects of one identity on one side are matched in their order.
func match(before, after []*unstructured.Unstructured) []pair {
	waiting := map[identity][]*unstructured.Unstructured{}
	for _, o := range before {
		waiting[identityOf(o)] = append(waiting[identityOf(o)], o)
	}
	var pairs []pair
	var came []*unstructured.Unstructured
	for _, o := range after {
		id := identityOf(o)
		if same := waiting[id]; len(same) > 0 {
			pairs = append(pairs, pair{same[0], o})
			waiting[id] = same[1:]
		} else {
			came = append(came, o)
		}
	}
	var went []*unstructured.Unstructured
	for _, o := range before {
		if same := waiting[identityOf(o)]; len(same) > 0 && slices.Contains(same, o) {
			went = append(went, o)
		}
	}
	return append(pairs, renamed(went, came)...)
}

// hashed are the kinds that have generated names: kustomize's generators, and the claims of devices.
var hashed = []string{"ConfigMap", "Secret", "ResourceClaimTemplate"}

// digest ends a generated name: kustomize's own letters for ten hexadecimal digits, or eight of the latter.
var digest = regexp.MustCompile(`-([2456789bcdfghkmt]{10}|[0-9a-f]{8})$`)

// base is the identity without the digest; ok if the name ends in one.
func base(o *unstructured.Unstructured) (id identity, ok bool) {
	id = identityOf(o)
	end := digest.FindStringIndex(id.name)
	if end == nil || !slices.Contains(hashed, id.Kind) {
		return id, false
	}
	id.name = id.name[:end[0]]
	return id, true
}

// renamed pairs what went with what came, where there is one of each with a base in common, and leaves the rest alone.
func renamed(went, came []*unstructured.Unstructured) []pair {
	byBase := map[identity][2][]*unstructured.Unstructured{}
	for side, objects := range [][]*unstructured.Unstructured{went, came} {
		for _, o := range objects {
			if id, ok := base(o); ok {
				both := byBase[id]
				both[side] = append(both[side], o)
				byBase[id] = both
			}
		}
	}
	partner := func(o *unstructured.Unstructured, other int) *unstructured.Unstructured {
		id, ok := base(o)
		if both := byBase[id]; ok && len(both[0]) == 1 && len(both[1]) == 1 {
			return both[other][0]
		}
		return nil
	}
	var pairs []pair
	for _, o := range went {
		pairs = append(pairs, pair{o, partner(o, 1)})
	}
	for _, o := range came {
		if partner(o, 0) == nil {
			pairs = append(pairs, pair{nil, o})
		}
	}
	return pairs
}

func (p pair) compare() (o Object, different bool) {
	shown := cmp.Or(p.after, p.before)
	gvk := shown.GroupVersionKind()
	o = Object{Group: gvk.Group, Kind: gvk.Kind, Namespace: shown.GetNamespace(), Name: shown.GetName(), Change: Changed}
	switch {
	case p.before == nil:
		o.Change = Added
		return o, true
	case p.after == nil:
		o.Change = Removed
		return o, true
	}
	old, now := p.before.Object, p.after.Object
	if p.before.GetName() != p.after.GetName() {
		o.Was = p.before.GetName()
		old, now = nameless(old), nameless(now)
	}
	c := &comparison{secret: gvk.Kind == "Secret"}
	c.values(nil, old, now)
	slices.SortStableFunc(c.fields, func(a, b Field) int { return cmp.Compare(a.Path, b.Path) })
	o.Fields = c.fields
	return o, len(o.Fields) > 0 || o.Was != ""
}

// nameless is an object without its name, which is said already.
func nameless(object map[string]any) map[string]any {
	shown := (&unstructured.Unstructured{Object: object}).DeepCopy()
	unstructured.RemoveNestedField(shown.Object, "metadata", "name")
	return shown.Object
}
