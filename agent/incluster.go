package agent

import (
	"context"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	clusterpolicies "github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render"
)

// inCluster tells agent/check what the agent knows of its cluster without asking anew.
type inCluster struct {
	agent *Agent
	plan  *plan
}

// Statuses are those of the environments that the agent serves.
func (c *inCluster) Statuses(ctx context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error) {
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	for id, unit := range c.plan.units {
		if unit.ref.Namespace == "" {
			continue
		}
		status, err := c.agent.applier.ReadStatus(ctx, unit.ref)
		if err != nil {
			return nil, err
		}
		all[id] = status
	}
	return all, nil
}

// Room is not asked for a promotion: there may be room once it is merged, and the agent asks again then.
func (c *inCluster) Room(context.Context, *render.Objects) (*policies.Capacity, error) {
	return nil, nil
}

// DryRun refuses nothing: the agent hears of refusals when it applies.
func (c *inCluster) DryRun(context.Context, *render.Objects) ([]string, error) { return nil, nil }

// Policies of the cluster are not known to the agent.
func (c *inCluster) Policies(context.Context) (*clusterpolicies.Set, error) { return nil, nil }

// Labels of namespaces are not known to it either.
func (c *inCluster) Labels(context.Context, string) map[string]string { return nil }
