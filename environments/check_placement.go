package environments

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// cache checks where the weights are kept.
func (c *specCheck) cache() {
	cache := c.spec.Cache
	if cache == nil {
		return
	}
	const path = "spec.cache"
	claim := "claim"
	if cache.ClaimName != "" {
		claim = "claimName"
	}
	claimed := cache.ClaimName != "" || cache.Claim != nil
	switch {
	case cache.Size != nil && claimed:
		c.refuse(path+".size", "delete size, or set size: null in the patch", "size bounds an ephemeral cache and means nothing beside %s", claim)
	case cache.Claim != nil:
		c.holdsTheModel(path+".claim.size", &cache.Claim.Size)
	default:
		c.holdsTheModel(path+".size", cache.Size)
	}
	if cache.ClaimName != "" && cache.Claim != nil {
		c.refuse(path+".claim", "delete one, or set it to null in the patch", "claimName names a claim that exists, and claim asks for a new one; expected one of them")
	}
	if cache.AccessMode != "" && !claimed {
		c.refuse(path+".accessMode", "delete it, or add claimName or claim", "an ephemeral cache has no access mode: each replica has its own")
	}
	if claimed && exclusive(cache.AccessMode) {
		c.exclusiveCache(cache.AccessMode)
	}
}

// cached are the schemes whose models every server downloads into the cache. From buckets some servers stream
// weights past it.
var cached = []string{"hf", "https"}

// holdsTheModel refuses a cache that is smaller than what is downloaded into it: a pod that fills its
// volume is evicted, and its successor too.
func (c *specCheck) holdsTheModel(field string, size *resource.Quantity) {
	model := c.spec.Release.Model
	scheme, _, _ := strings.Cut(model.Source, "://")
	if size == nil || model.Size == nil || !slices.Contains(cached, scheme) && model.Prepare == nil {
		return
	}
	if size.Cmp(memory.least) >= 0 && size.Cmp(*model.Size) < 0 {
		c.invalid(field, "raise it: a download and what it becomes may be there at once", "expected at least the size of the model, %s, found %s", cut(model.Size.String()), cut(size.String()))
	}
}

// exclusive tells the access modes that one replica has alone. Pods on one node may share ReadWriteOnce,
// but nothing brings them together there.
func exclusive(mode string) bool { return mode == "ReadWriteOnce" || mode == "ReadWriteOncePod" }

// exclusiveCache refuses whatever would wait for ever for a volume that a pod has alone.
func (c *specCheck) exclusiveCache(mode string) {
	const path = "spec.cache.accessMode"
	nodes := int32(1)
	if a := c.spec.Accelerator; a != nil {
		nodes = or(a.Nodes, 1)
	}
	if most := MostReplicas(c.spec.Scaling); most > 1 {
		c.refuse(path, "use ReadWriteMany, or one replica", "a %s volume is one replica's alone, and there are up to %d: the others would wait for it for ever", mode, most)
	} else if nodes > 1 {
		c.refuse(path, "use ReadWriteMany", "a replica on %d nodes needs the volume on each of them", nodes)
	}
	if r := c.spec.Rollout; r != nil && or(r.Surge, 0) > 0 {
		c.refuse("spec.rollout.surge", "set surge: 0", "a second replica would wait for the %s cache that the first one holds", mode)
	}
}

// rollout checks that a probation is one, and that something follows from it.
func (c *specCheck) rollout() {
	r := c.spec.Rollout
	if r == nil || r.Probation == "" {
		return
	}
	const path = "spec.rollout.probation"
	c.lasts(path, r.Probation, probations)
	if !RollsBack(r) {
		c.refuse(path, "add rollback: auto, or delete probation", "no release is taken back by itself, since rollback is none unless told")
	}
}

// surroundings checks what is around the replicas.
func (c *specCheck) surroundings() {
	c.disruption()
	if s := c.spec.Scheduling; s != nil {
		c.labels("spec.scheduling.nodeSelector", s.NodeSelector)
		for _, key := range slices.Sorted(maps.Keys(s.NodeSelector)) {
			if field := ownSelectors[key]; field != "" {
				c.refuse("spec.scheduling.nodeSelector["+key+"]", "use spec.accelerator."+field, "this label is chosen by spec.accelerator")
			}
		}
	}
	if m := c.spec.Monitoring; m != nil && m.PodMonitor != nil {
		const path = "spec.monitoring.podMonitor.labels"
		c.labels(path, m.PodMonitor.Labels)
		for _, key := range slices.Sorted(maps.Keys(m.PodMonitor.Labels)) {
			if strings.HasPrefix(key, "penstock.dev/") || strings.HasPrefix(key, reservedDomain) {
				c.problems = append(c.problems, reserved(path+"["+key+"]"))
			}
		}
	}
	if e := c.spec.Exposure; e != nil && e.Route != nil {
		c.pathPrefix(e.Route.PathPrefix)
	}
}

// ownSelectors are the labels that fields of spec.accelerator select nodes by. Others of NVIDIA's, such as
// nvidia.com/gpu.family, may narrow the choice.
var ownSelectors = map[string]string{
	"nvidia.com/gpu.product": "product", "nvidia.com/gpu.memory": "memory", "nvidia.com/gpu.sharing-strategy": "shared",
}

// disruption checks that the budget can be kept. A parked model has nothing to disrupt, and one that scales
// from zero may well keep its last replica.
func (c *specCheck) disruption() {
	b := c.spec.DisruptionBudget
	if b == nil {
		return
	}
	const path = "spec.disruptionBudget.minAvailable"
	if b.MaxUnavailable != nil && b.MinAvailable != nil {
		c.refuse(path, "delete one, or set it to null in the patch", "there are both maxUnavailable and minAvailable; expected one of them")
	}
	least := max(minReplicas(c.spec), 1)
	if b.MinAvailable != nil && *b.MinAvailable > least && MostReplicas(c.spec.Scaling) > 0 {
		c.invalid(path, "lower it, or raise spec.scaling.min", "expected at most min, %d, found %d: with fewer replicas than that no node can be drained", least, *b.MinAvailable)
	}
}

// labels checks the keys and values of labels as the API server does.
func (c *specCheck) labels(path string, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		field := path + "[" + key + "]"
		if len(validation.IsQualifiedName(key)) > 0 {
			c.invalid(field, "write it as in pool or example.com/pool", "this cannot be the name of a label")
		} else if len(validation.IsValidLabelValue(labels[key])) > 0 {
			c.invalid(field, "correct the value", "expected at most 63 letters, digits, dashes, underscores and dots, found %s", found(nil, labels[key]))
		}
	}
}

func indexed(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
