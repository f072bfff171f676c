package environments

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// cache checks where the weights are kept.
func (c *specCheck) cache() {
	cache := c.spec.Cache
	if cache == nil {
		return
	}
	const path = "spec.cache"
	claimed := cache.ClaimName != "" || cache.Claim != nil
	if cache.Size != nil && claimed {
		c.refuse(path+".size", "delete size, or set size: null in the patch", "size bounds an ephemeral cache and means nothing beside %s", map[bool]string{true: "claimName", false: "claim"}[cache.ClaimName != ""])
	}
	if cache.ClaimName != "" && cache.Claim != nil {
		c.refuse(path+".claim", "delete one", "claimName names a claim that exists, and claim asks for a new one; expected one of them")
	}
	if cache.AccessMode != "" && !claimed {
		c.refuse(path+".accessMode", "delete it, or add claimName or claim", "an ephemeral cache has no access mode: each replica has its own")
	}
	if !exclusive(cache.AccessMode) || !claimed {
		return
	}
	if most := mostReplicas(c.spec.Scaling); most > 1 {
		c.refuse(path+".accessMode", "use ReadWriteMany, or one replica", "a %s volume is one replica's alone, and there are up to %d: the others would wait for it for ever", cache.AccessMode, most)
	}
	if a := c.spec.Accelerator; a != nil && or(a.Nodes, 1) > 1 {
		c.refuse(path+".accessMode", "use ReadWriteMany", "a replica on %d nodes needs the volume on each of them", *a.Nodes)
	}
	if r := c.spec.Rollout; r != nil && or(r.Surge, 0) > 0 {
		c.refuse("spec.rollout.surge", "set surge: 0", "a second replica would wait for the %s cache that the first one holds", cache.AccessMode)
	}
}

// exclusive tells the access modes that one replica has alone. Pods on one node may share ReadWriteOnce,
// but nothing brings them together there.
func exclusive(mode string) bool { return mode == "ReadWriteOnce" || mode == "ReadWriteOncePod" }

// surroundings checks what is around the replicas.
func (c *specCheck) surroundings() {
	if b := c.spec.DisruptionBudget; b != nil {
		if b.MaxUnavailable != nil && b.MinAvailable != nil {
			c.refuse("spec.disruptionBudget.minAvailable", "delete one", "there are both maxUnavailable and minAvailable; expected one of them")
		}
		if least := minReplicas(c.spec); b.MinAvailable != nil && *b.MinAvailable > least {
			c.invalid("spec.disruptionBudget.minAvailable", "lower it, or raise spec.scaling.min", "expected at most min, %d, found %d: no node could ever be drained", least, *b.MinAvailable)
		}
	}
	if s := c.spec.Scheduling; s != nil {
		c.labels("spec.scheduling.nodeSelector", s.NodeSelector)
		for _, key := range slices.Sorted(maps.Keys(s.NodeSelector)) {
			if strings.HasPrefix(key, "nvidia.com/") {
				c.refuse("spec.scheduling.nodeSelector["+key+"]", "use spec.accelerator", "what GPU a node has is asked for by spec.accelerator")
			}
		}
	}
	if m := c.spec.Monitoring; m != nil && m.PodMonitor != nil {
		c.labels("spec.monitoring.podMonitor.labels", m.PodMonitor.Labels)
	}
}

// labels checks the keys and values of labels as the API server does.
func (c *specCheck) labels(path string, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		field := path + "[" + key + "]"
		if len(validation.IsQualifiedName(key)) > 0 {
			c.invalid(field, "correct the key, as in example.com/pool", "expected the key of a label")
		} else if len(validation.IsValidLabelValue(labels[key])) > 0 {
			c.invalid(field, "correct the value", "expected at most 63 letters, digits, dashes, underscores and dots")
		}
	}
}

func indexed(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
