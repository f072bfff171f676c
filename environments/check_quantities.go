package environments

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// quantities refuses quantities that are well-formed but cannot be meant.
func (c *specCheck) quantities() {
	c.within("spec.release.model.size", c.spec.Release.Model.Size, memory, "15Gi")
	c.resources("spec.resources", c.spec.Resources)
	if cache := c.spec.Cache; cache != nil {
		c.within("spec.cache.size", cache.Size, memory, "50Gi")
		if cache.Claim != nil {
			c.within("spec.cache.claim.size", &cache.Claim.Size, memory, "200Gi")
		}
	}
	if a := c.spec.Accelerator; a != nil {
		c.within("spec.accelerator.memory", a.Memory, gpuMemory, "40Gi")
	}
	c.targets()
}

// resources checks the CPU and memory of a container.
func (c *specCheck) resources(path string, r *v1alpha1.Resources) {
	if r == nil {
		return
	}
	c.within(path+".cpu", r.CPU, cpus, "4 or 500m")
	c.within(path+".memory", r.Memory, memory, "24Gi")
	c.within(path+".sharedMemory", r.SharedMemory, memory, "2Gi")
	if r.Memory != nil && r.SharedMemory != nil && r.SharedMemory.Cmp(*r.Memory) >= 0 {
		c.invalid(path+".sharedMemory", "raise memory, or lower sharedMemory",
			"expected less than memory, %s, which includes it, found %s", cut(r.Memory.String()), cut(r.SharedMemory.String()))
	}
}

// targets refuses loads that no autoscaler can keep.
func (c *specCheck) targets() {
	s := c.spec.Scaling
	if s == nil {
		return
	}
	if s.Metric != nil {
		c.within("spec.scaling.metric.target", &s.Metric.Target, loads, "5 or 500m")
	}
	if p := s.Prometheus; p != nil {
		c.within("spec.scaling.prometheus.threshold", &p.Threshold, loads, "5 or 500m")
		if p.ActivationThreshold != nil {
			c.within("spec.scaling.prometheus.activationThreshold", p.ActivationThreshold, idleLoads, "0 or 500m")
		}
	}
}

// interval is what quantities of one kind can mean. Below its least a unit was forgotten: 15 is fifteen bytes,
// and 15m a fraction of one. Above its most there is one too many, and sums would overflow.
type interval struct{ least, most resource.Quantity }

var (
	memory    = interval{resource.MustParse("1Mi"), resource.MustParse("1Pi")}
	gpuMemory = interval{resource.MustParse("1Gi"), resource.MustParse("1Ti")}
	cpus      = interval{resource.MustParse("1m"), resource.MustParse("1k")}
	loads     = interval{resource.MustParse("1m"), resource.MustParse("1P")}
	idleLoads = interval{resource.MustParse("0"), resource.MustParse("1P")}
)

func (c *specCheck) within(field string, q *resource.Quantity, means interval, example string) {
	const mend = "write a number and a unit, as in "
	switch {
	case q == nil:
	case q.Cmp(means.least) < 0:
		c.invalid(field, mend+example, "expected at least %s, found %s", means.least.String(), cut(q.String()))
	case q.Cmp(means.most) > 0:
		c.invalid(field, mend+example, "expected at most %s, found %s", means.most.String(), cut(q.String()))
	}
}
