package environments

import "strings"

// accelerator checks how GPUs are asked for.
func (c *specCheck) accelerator() {
	a := c.spec.Accelerator
	if a == nil {
		if c.spec.Parallelism != nil {
			c.refuse("spec.parallelism", "add spec.accelerator, or delete it", "there is no accelerator over which the model could be split")
		}
		return
	}
	const path = "spec.accelerator"
	if a.Product != "" && len(a.Products) > 0 {
		c.refuse(path+".product", "move it into products", "there are both product and products; expected one of them")
	}
	if a.Product == "" && len(a.Products) == 0 && a.Memory == nil && a.MIG == "" && a.DRA == nil {
		c.missing(path+".product", "name the GPU, as in product: NVIDIA-H100-80GB-HBM3; or any that will do, by products or memory",
			"the field is missing, expected one of product, products, memory, mig and dra")
	}
	count, nodes := or(a.Count, 1), or(a.Nodes, 1)
	if a.MIG != "" {
		c.slice(count, nodes)
	}
	if a.Shared && (count > 1 || nodes > 1) {
		c.refuse(path+".shared", "set count: 1, or delete shared", "several shares of GPUs may be of the same GPU; a model cannot be split over them")
	}
	if a.Shared && a.DRA != nil {
		c.refuse(path+".shared", "delete shared", "time-slicing belongs to the device plugin; with dra the device class decides what is shared")
	}
	if a.DRA != nil {
		for i, selector := range a.DRA.Selectors {
			if strings.TrimSpace(selector) == "" {
				c.invalid(indexed(path+".dra.selectors", i), "delete it", "expected a CEL expression, found nothing")
			}
		}
	}
}

// slice checks a request for a MIG profile.
func (c *specCheck) slice(count, nodes int32) {
	a := c.spec.Accelerator
	const path = "spec.accelerator"
	if count > 1 || nodes > 1 {
		c.refuse(path+".mig", "set count: 1 and take a larger profile, or delete mig", "a model cannot be split over slices: they do not reach each other's memory")
	}
	if a.Shared {
		c.refuse(path+".shared", "delete shared", "a slice is not shared")
	}
	if a.Memory != nil {
		c.refuse(path+".memory", "delete memory, or delete mig", "the profile says how much memory a slice has")
	}
}
