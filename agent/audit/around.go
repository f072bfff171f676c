package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// loads are what all units of the environment took: what Git asked for or what was admitted, whichever is more; see
// agent/around.go.
func (r *replayer) loads(ctx context.Context, c *comparison, q *question, rules *gate.Rules) []gate.Load {
	prices := rules.Spec(c.Environment).GPUPrices
	var all []gate.Load
	for _, unit := range q.scene.tree.Units {
		if unit.Environment.Name != c.Environment {
			continue
		}
		var load gate.Load
		if objects, err := r.render(q.scene, unit, q.scene.snapshot); err == nil {
			load = gate.LoadOf(unit.ID(), objects.Descriptor, prices)
		}
		if unit.Name != c.fact.Model {
			if gpus := r.gpusOf(ctx, c, q, unit); gpus > load.GPUs {
				load = gate.Load{Unit: unit.ID(), Team: load.Team, GPUs: gpus, Cost: scaled(load, gpus)}
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

// gpusOf is what another unit took as it was applied last before the fact.
func (r *replayer) gpusOf(ctx context.Context, c *comparison, q *question, unit *environments.Unit) int64 {
	tree, err := r.auditor.verifiedTree(r.standing)
	if err != nil {
		return 0
	}
	last, found, err := r.auditor.latest(ctx, r.standing, tree, unit.Name, c.Sequence, records.Applied, records.Corrected, records.Pruned)
	if err != nil || !found || last.Kind == records.Pruned || last.Data.Source == nil {
		return 0
	}
	from, err := r.library.at(last.Data.Source.Commit)
	if err != nil {
		return 0
	}
	objects, err := r.render(q.scene, &environments.Unit{Environment: unit.Environment, Name: unit.Name, Dir: unit.Dir}, from)
	if err != nil {
		return 0
	}
	return objects.GPUs
}

// changedUnits is how many units of the environment the step changed that brought the unit to the branch; see agent/change.go.
func (r *replayer) changedUnits(ctx context.Context, q *question, names []string) int64 {
	var ours []*environments.Unit
	for _, unit := range q.scene.tree.Units {
		if unit.Environment.Name == q.unit.Environment.Name {
			ours = append(ours, unit)
		}
	}
	step, _, err := r.auditor.clone.History().FirstParentTouching(ctx, q.since(), q.scene.snapshot.Commit().Hash, names)
	if err != nil || len(step.Parents) == 0 {
		return int64(len(ours))
	}
	after, err := r.library.at(step.Hash)
	before, err2 := r.library.at(step.Parents[0])
	if err != nil || err2 != nil {
		return int64(len(ours))
	}
	var changed int64
	for _, unit := range ours {
		if objects, err := r.render(q.scene, unit, q.scene.snapshot); err != nil || differ(before, after, objects) {
			changed++
		}
	}
	return changed + r.leftUnits(q, before, after)
}

// leftUnits is how many units of the environment a step takes out of Git.
func (r *replayer) leftUnits(q *question, before, after *source.Snapshot) (left int64) {
	tree, err := environments.Load(before, r.library.layout.Environments)
	if err != nil {
		return 0
	}
	for _, unit := range tree.Units {
		if unit.Environment.Name == q.unit.Environment.Name && q.scene.unit(unit.Environment.Name, unit.Name) == nil && differs(before, after, unit.Dir) {
			left++
		}
	}
	return left
}

func differ(before, after *source.Snapshot, objects *render.Objects) bool {
	return slices.ContainsFunc(objects.Roots, func(name string) bool { return differs(before, after, name) })
}

func differs(before, after *source.Snapshot, name string) bool {
	old, oldErr := before.ObjectID(name)
	now, nowErr := after.ObjectID(name)
	return old != now || (oldErr == nil) != (nowErr == nil)
}

func metaTime(t *time.Time) *metav1.Time {
	if t == nil {
		return nil
	}
	at := metav1.NewTime(*t)
	return &at
}
