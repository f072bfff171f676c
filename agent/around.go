package agent

import (
	"context"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// elsewhere is what the cluster says of the model in the other environments that the agent serves.
func (a *Agent) elsewhere(ctx context.Context, p *plan, unit *planned) map[string]v1alpha1.ModelDeploymentStatus {
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	for _, env := range p.environments {
		other := p.unit(env.Name + "/" + unit.unit.Name)
		if other == nil || env.Name == unit.unit.Environment.Name || other.ref.Namespace == "" {
			continue
		}
		status, err := a.applier.ReadStatus(ctx, other.ref)
		if err != nil {
			a.log.Warn("what is known of the model elsewhere could not be read", "unit", other.ref.ID(), "error", err)
			continue
		}
		all[env.Name] = status
	}
	return all
}

// loads are what all units of the environment take: what Git asks for or what is admitted, whichever is more, since a
// unit that is held gives nothing back yet.
func (a *Agent) loads(ctx context.Context, p *plan, about *planned, rules *gate.Rules) []gate.Load {
	prices := rules.Spec(about.unit.Environment.Name).GPUPrices
	var all []gate.Load
	for id := range p.unitsOf(about.unit.Environment.Name) {
		unit := p.units[id]
		var load gate.Load
		if unit.objects != nil {
			load = gate.LoadOf(id, unit.objects.Descriptor, prices)
		}
		if unit != about {
			if status, err := a.applier.ReadStatus(ctx, unit.ref); err == nil && status.GPUs > load.GPUs {
				load = gate.Load{Unit: id, Team: load.Team, GPUs: status.GPUs, Cost: scaled(load, status.GPUs)}
			}
		}
		all = append(all, load)
	}
	slices.SortFunc(all, func(x, y gate.Load) int { return strings.Compare(x.Unit, y.Unit) })
	return all
}

// scaled is the cost of another number of the same GPUs; nil when that is not known.
func scaled(load gate.Load, gpus int64) *float64 {
	if load.Cost == nil || load.GPUs == 0 {
		return nil
	}
	cost := *load.Cost / float64(load.GPUs) * float64(gpus)
	return &cost
}

// capacityFor is whether the live cluster has room for what Git asks for; nil when that is not known.
func (a *Agent) capacityFor(ctx context.Context, unit *planned) *policies.Capacity {
	ahead, err := a.foresee(ctx, unit.objects)
	if err != nil || ahead.room.Status == metav1.ConditionUnknown || ahead.room.Status == "" {
		return nil
	}
	return &policies.Capacity{Schedulable: ahead.room.Status == metav1.ConditionTrue, Message: ahead.room.Message}
}
