package environments

import (
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

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
			"the field is missing, expected product, products, memory, mig or dra")
	}
	c.product(path+".product", a.Product)
	for i, product := range a.Products {
		c.product(indexed(path+".products", i), product)
	}
	switch split := or(a.Count, 1) > 1 || or(a.Nodes, 1) > 1; {
	case a.Shared && a.DRA != nil:
		c.refuse(path+".shared", "delete shared", "time-slicing belongs to the device plugin; with dra the device class decides what is shared")
	case a.MIG != "":
		c.slice(split)
	case a.Shared && split:
		c.refuse(path+".shared", "set count: 1 and nodes: 1, or delete shared", "several shares of GPUs may be of the same GPU; a model cannot be split over them")
	}
	if a.DRA != nil {
		c.selectors(path+".dra.selectors", a.DRA.Selectors)
	}
}

// What GPU feature discovery appends to the product of a GPU that is time-sliced, and to that of a node whose
// GPUs are all cut into the same slices.
const (
	sharedSuffix = "-SHARED"
	migInfix     = "-MIG-"
)

// product checks one name of a GPU.
func (c *specCheck) product(field, product string) {
	a := c.spec.Accelerator
	if base, shared := strings.CutSuffix(product, sharedSuffix); shared && !a.Shared {
		c.refuse(field, "write "+base+", and shared: true if its time-slices will do", "%s is a GPU that is shared by time-slicing, and none is accepted without shared", product)
	}
	if strings.Contains(product, migInfix) && (or(a.Count, 1) > 1 || or(a.Nodes, 1) > 1) {
		c.refuse(field, "set count: 1 and nodes: 1, or name a whole GPU", "%s is a slice of a GPU, and a model cannot be split over slices: they do not reach each other's memory", product)
	}
}

// slice checks a request for a MIG profile.
func (c *specCheck) slice(split bool) {
	a := c.spec.Accelerator
	const path = "spec.accelerator"
	if split {
		c.refuse(path+".mig", "set count: 1 and nodes: 1 and take a larger profile, or delete mig", "a model cannot be split over slices: they do not reach each other's memory")
	}
	if a.Shared {
		c.refuse(path+".shared", "delete shared", "a slice is not shared")
	}
	if a.Memory != nil {
		c.refuse(path+".memory", "delete memory, or delete mig", "the profile says how much memory a slice has")
	}
}

// selectors checks that expressions are CEL. What they say of a device only the cluster knows.
func (c *specCheck) selectors(list string, selectors []string) {
	for i, selector := range selectors {
		if strings.TrimSpace(selector) == "" {
			c.invalid(indexed(list, i), "delete it", "expected a CEL expression, found nothing")
		} else if _, issues := expressions().Parse(selector); issues != nil && issues.Err() != nil {
			wrong := issues.Errors()[0]
			message, _, _ := strings.Cut(wrong.Message, " expecting ") // many tokens
			c.invalid(indexed(list, i), `write it as in device.attributes["gpu.nvidia.com"].architecture == "Hopper"`,
				"expected a CEL expression, found at its character %d: %.120s", wrong.Location.Column()+1, message)
		}
	}
}

// expressions reads CEL with what Kubernetes adds to its syntax.
var expressions = sync.OnceValue(func() *cel.Env {
	env, err := cel.NewEnv(cel.OptionalTypes(), ext.Bindings())
	if err != nil {
		panic(fmt.Sprintf("make a CEL environment: %v", err)) // the options are constant
	}
	return env
})
