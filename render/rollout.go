package render

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Rollout is how a change replaces the replicas that run.
type Rollout struct {
	// Recreate stops all of them first. The bounds then mean nothing.
	Recreate bool
	// MaxSurge is how many may run beyond the wanted number, and MaxUnavailable how many may be missing.
	MaxSurge, MaxUnavailable int32
}

// Workload is the object that runs the model: a Deployment, or a LeaderWorkerSet when a replica spans several
// nodes.
func (o *Objects) Workload() *unstructured.Unstructured {
	if i := o.workloadAt(); i >= 0 {
		return o.Items[i]
	}
	return nil
}

func (o *Objects) workloadAt() int {
	want := workload(o.Descriptor)
	return slices.IndexFunc(o.Items, func(item *unstructured.Unstructured) bool {
		return item.GetAPIVersion() == want["apiVersion"] && item.GetKind() == want["kind"] && item.GetName() == want["name"]
	})
}

// PodsPerReplica is how many pods a replica consists of.
func (o *Objects) PodsPerReplica() int32 { return nodesPerReplica(o.Descriptor) }

// Replicas is how many replicas there are at least.
func (o *Objects) Replicas() int32 { return replicas(o.Descriptor) }

// IsScaled says whether an autoscaler decides how many replicas there are.
func (o *Objects) IsScaled() bool {
	w := o.Workload()
	if w == nil {
		return false
	}
	_, fixed, _ := unstructured.NestedInt64(w.Object, "spec", "replicas")
	return !fixed
}

// HasExclusiveCache says whether a second replica would wait for ever for the volume that the first one holds.
func (o *Objects) HasExclusiveCache() bool {
	c := o.Descriptor.Spec.Cache
	return c != nil && (c.ClaimName != "" || c.Claim != nil) && accessMode(o.Descriptor) != "ReadWriteMany"
}

// WithRollout is the objects with another way to roll out. It is not part of the Digest, since it follows
// from what the cluster has room for and not from Git.
func (o *Objects) WithRollout(r Rollout) *Objects {
	i := o.workloadAt()
	if i < 0 {
		return o
	}
	bounds := map[string]any{"maxSurge": int64(r.MaxSurge), "maxUnavailable": int64(r.MaxUnavailable)}
	item := o.Items[i].DeepCopy()
	spec, _ := item.Object["spec"].(map[string]any)
	switch {
	case item.GetKind() == "LeaderWorkerSet":
		spec["rolloutStrategy"] = map[string]any{"type": "RollingUpdate", "rollingUpdateConfiguration": bounds}
	case r.Recreate:
		spec["strategy"] = map[string]any{"type": "Recreate"}
	default:
		spec["strategy"] = map[string]any{"type": "RollingUpdate", "rollingUpdate": bounds}
	}
	changed := *o
	changed.Items = slices.Clone(o.Items)
	changed.Items[i] = item
	return &changed
}
