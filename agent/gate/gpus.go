package gate

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// Load is what a unit takes of GPUs, at the largest number of replicas that there may be.
type Load struct {
	// Unit and Team are whose.
	Unit, Team string
	// GPUs of all replicas together.
	GPUs int64
	// Cost of them in an hour; nil when the price of one is not known.
	Cost *float64
}

// LoadOf is what a descriptor takes, at the prices of an environment.
func LoadOf(unit string, m *v1alpha1.ModelDeployment, prices map[string]resource.Quantity) Load {
	load := Load{Unit: unit, Team: teamOf(m), GPUs: mostReplicas(m) * gpusPerReplica(m)}
	if price, known := priceOf(m, prices); known {
		cost := price * float64(load.GPUs)
		load.Cost = &cost
	}
	return load
}

// sums are what several units take together, and those of one team among them.
func sums(loads []Load, team string) (all, ofTeam policies.Sum) {
	all.CostPerHour, ofTeam.CostPerHour = new(float64), new(float64)
	for _, load := range loads {
		add(&all, load)
		if team != "" && load.Team == team {
			add(&ofTeam, load)
		}
	}
	return all, ofTeam
}

// add counts a unit in. A cost that is not known makes the sum unknown: a budget must not pass for want of a price.
func add(sum *policies.Sum, load Load) {
	sum.GPUs += load.GPUs
	switch {
	case sum.CostPerHour == nil:
	case load.Cost == nil && load.GPUs > 0:
		sum.CostPerHour = nil
	case load.Cost != nil:
		*sum.CostPerHour += *load.Cost
	}
}

// gpuInput is what a policy sees of a unit's GPUs.
func gpuInput(o *render.Objects, before *Load, load Load, loads []Load) policies.GPU {
	m := o.Descriptor
	gpu := policies.GPU{Replicas: mostReplicas(m), Each: gpusPerReplica(m), Total: load.GPUs, CostPerHour: load.Cost, Products: products(m)}
	if worst, onGPU := render.Worst(o.Fits); onGPU {
		gpu.Fit, gpu.FitReason = string(worst.Estimate.Verdict), worst.Estimate.Summary()
	}
	if before != nil {
		gpu.Previous = &policies.Sum{GPUs: before.GPUs, CostPerHour: before.Cost}
	}
	gpu.Environment, gpu.Team = sums(loads, load.Team)
	return gpu
}

func mostReplicas(m *v1alpha1.ModelDeployment) int64 {
	return int64(environments.MostReplicas(m.Spec.Scaling))
}

func gpusPerReplica(m *v1alpha1.ModelDeployment) int64 {
	a := m.Spec.Accelerator
	if a == nil {
		return 0
	}
	return int64(oneUnlessTold(a.Count)) * int64(oneUnlessTold(a.Nodes))
}

func oneUnlessTold(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// products are the GPUs that a model may get, as far as the descriptor names them: slices as GPU feature discovery
// labels them, such as NVIDIA-A100-SXM4-40GB-MIG-1g.5gb.
func products(m *v1alpha1.ModelDeployment) []string {
	a := m.Spec.Accelerator
	if a == nil {
		return nil
	}
	names := slices.Clone(a.Products)
	if a.Product != "" {
		names = append(names, a.Product)
	}
	if a.MIG != "" {
		for i := range names {
			names[i] += "-MIG-" + a.MIG
		}
	}
	return names
}

// priceOf is what a GPU of the model costs in an hour: the dearest of those that it may get. It is not known unless all
// of them have a price. A model on CPUs costs nothing here.
func priceOf(m *v1alpha1.ModelDeployment, prices map[string]resource.Quantity) (float64, bool) {
	if m.Spec.Accelerator == nil {
		return 0, true
	}
	dearest, names := 0.0, products(m)
	for _, name := range names {
		price, known := prices[name]
		if !known {
			return 0, false
		}
		dearest = max(dearest, price.AsApproximateFloat64())
	}
	return dearest, len(names) > 0
}

// teamOf is whose a model is: by the label of Kubernetes, or the one that people use.
func teamOf(m *v1alpha1.ModelDeployment) string {
	for _, label := range []string{"app.kubernetes.io/part-of", "team"} {
		if team := m.Labels[label]; team != "" {
			return team
		}
	}
	return ""
}
