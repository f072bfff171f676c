package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Place says how many replicas of a workload have room, and what is missing for the others. What the pods use
// that own says are the caller's counts as free, since they will be replaced; own may be nil. The context
// bounds the search for devices, which a claim can make long.
func (f *Fleet) Place(ctx context.Context, w Workload, own func(Pod) bool) Placement {
	p := Placement{Verdict: Unknown, Replicas: max(w.Replicas, 0)}
	if f == nil {
		p.Message = "the cluster's nodes are not known"
		return p
	}
	p.Unmatched = f.unmatched(w.specs()...)
	replica, err := f.parts(w)
	if err != nil {
		return p.because(err)
	}
	bins := f.bins(replica)
	for _, part := range replica {
		if !slices.ContainsFunc(bins, func(b *bin) bool { _, admitted := b.online[part.demand]; return admitted }) {
			return f.nowhere(p, part.demand)
		}
	}
	s := &search{fleet: f, replica: replica, bins: bins, own: f.owned(own), want: p.Replicas}
	if err := s.run(ctx, &p); err != nil {
		return p.because(err)
	}
	p.Message = p.explain(&w.Pod)
	return p
}

// because is a Placement of which nothing can be said, but why.
func (p Placement) because(err error) Placement {
	p.Verdict = Unknown
	var missing *noClass
	switch {
	case errors.As(err, &missing):
		p.Verdict = NotEnough
		p.Message = "no replica could ever fit: " + missing.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p.Message = "the search for devices was given up, for it took too long; ask for fewer devices per claim, or with fewer constraints"
	default:
		p.Message = "whether it fits cannot be said: " + err.Error()
	}
	return p
}

// nowhere is the Placement of a pod that no node admits.
func (f *Fleet) nowhere(p Placement, d *demand) Placement {
	taints := map[string]bool{}
	for _, n := range f.nodes {
		if d.selects(n) {
			taints[d.repels(n).ToString()] = true
		}
	}
	if len(taints) > 0 {
		p.Verdict = NotTolerated
		p.Message = "every node with the labels that are asked for has a taint that the pod does not tolerate: " + list(slices.Sorted(maps.Keys(taints)), "or")
		return p
	}
	p.Verdict = NoSuchNode
	p.Message = f.noSuchNode(f.unmatched(d.spec), d.spec)
	return p
}

func (f *Fleet) noSuchNode(unmatched []Unmatched, spec *corev1.PodSpec) string {
	if len(f.nodes) == 0 {
		return "the cluster has no nodes"
	}
	if len(unmatched) > 0 {
		return unmatched[0].String()
	}
	var alternatives []string
	for _, either := range wishes(spec) {
		var all []string
		for _, w := range either {
			all = append(all, w.String())
		}
		alternatives = append(alternatives, strings.Join(all, ", "))
	}
	return "each label is there, but no node has all that are asked for: " + strings.Join(alternatives, "; or ")
}
