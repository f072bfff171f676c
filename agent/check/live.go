package check

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
)

// liveAnswers are what the cluster said, for all units.
type liveAnswers struct {
	statuses map[string]v1alpha1.ModelDeploymentStatus // by unit id; nil without a cluster
	policies *admission.Set                            // nil when they are not known
	rooms    map[string]room                           // by unit id
}

type room struct {
	capacity *policies.Capacity
	err      error
}

// askStatuses asks the cluster for what concerns all units.
func (r *runner) askStatuses() (err error) {
	if r.options.Live == nil {
		return nil
	}
	r.live.rooms = map[string]room{}
	if r.live.statuses, err = r.options.Live.Statuses(r.ctx); err != nil {
		return fmt.Errorf("asking the cluster what it runs: %w", err)
	}
	if r.live.policies, err = r.options.Live.Policies(r.ctx); err != nil {
		r.note("the cluster's own admission policies are not known: %v", err)
	}
	return r.ctx.Err()
}

// elsewhere tells what the cluster says of the same model in other environments; nil without a cluster.
func (r *runner) elsewhere(unit *environments.Unit) func() map[string]v1alpha1.ModelDeploymentStatus {
	if r.options.Live == nil {
		return nil
	}
	return func() map[string]v1alpha1.ModelDeploymentStatus {
		all := map[string]v1alpha1.ModelDeploymentStatus{}
		for id, status := range r.live.statuses {
			if environment, model, _ := strings.Cut(id, "/"); model == unit.Name && environment != unit.Environment.Name {
				all[environment] = status
			}
		}
		return all
	}
}

// witnesses are the environments whose records count in another one, as far as the clone has them; each is heard once.
func (r *runner) witnesses(rules *gate.Rules, environment string) map[string]gate.Witness {
	if r.heard[environment] == nil && r.options.Witnesses != nil {
		r.heard[environment] = r.options.Witnesses(environment, rules)
	} else if r.heard[environment] == nil {
		r.heard[environment] = rules.Witnesses(r.ctx, environment, recordsReader(r.at), r.records, r.options.Now)
	}
	return r.heard[environment]
}

// recordsReader reads records as it does commits.
type recordsReader func(commit string) (*source.Snapshot, error)

// At shows a commit.
func (read recordsReader) At(commit string) (*source.Snapshot, error) { return read(commit) }

// capacity tells whether the cluster has room; nil without a cluster, and for a removal. What went wrong is said by ask.
func (r *runner) capacity(c *candidate) func() *policies.Capacity {
	if r.options.Live == nil || c.wanted == nil {
		return nil
	}
	return func() *policies.Capacity { return r.room(c).capacity }
}

// room asks whether there is room, once.
func (r *runner) room(c *candidate) room {
	id := c.unit().ID()
	found, known := r.live.rooms[id]
	if !known {
		found.capacity, found.err = r.options.Live.Room(r.ctx, c.wanted)
		r.live.rooms[id] = found
	}
	return found
}

// ask adds what the cluster says: its own admission policies, as far as the repository or the cluster itself tells them, its
// API server and its nodes.
func (r *runner) ask(made *Unit, c *candidate) (err error) {
	if c.wanted == nil {
		return nil
	}
	if made.Admission, err = r.admission(c); err != nil || r.options.Live == nil {
		return err
	}
	if made.Refused, err = r.options.Live.DryRun(r.ctx, c.wanted); err != nil {
		return err
	}
	found := r.room(c)
	if found.capacity != nil {
		made.Room = found.capacity.Message
	}
	return found.err
}

// admission is what the cluster's own admission policies say of the objects that become different. Those that the
// repository has and those that the cluster has are mostly the same, and say the same once.
func (r *runner) admission(c *candidate) ([]admission.Finding, error) {
	namespace := c.unit().Environment.Spec.Namespace
	var labels map[string]string
	if r.options.Live != nil && r.own.Len()+r.live.policies.Len() > 0 {
		labels = r.options.Live.Labels(r.ctx, namespace)
	}
	var objects []map[string]any
	for _, item := range c.wanted.Items {
		objects = append(objects, item.Object)
	}
	before := func(object map[string]any) map[string]any { return previously(itemsOf(c.admitted), object) }
	var all []admission.Finding
	said := map[[4]string]bool{}
	for _, set := range []*admission.Set{r.own, r.live.policies} {
		findings, err := set.Evaluate(r.ctx, objects, before, namespace, labels)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(findings, func(f admission.Finding) bool {
			key := [4]string{f.Policy, f.Object, string(f.Action), f.Message}
			defer func() { said[key] = true }()
			return said[key]
		})...)
	}
	return all, nil
}

// previously is an object as it was admitted, or nil.
func previously(admitted []*unstructured.Unstructured, object map[string]any) map[string]any {
	now := &unstructured.Unstructured{Object: object}
	for _, was := range admitted {
		if was.GroupVersionKind().GroupKind() == now.GroupVersionKind().GroupKind() && was.GetName() == now.GetName() && was.GetNamespace() == now.GetNamespace() {
			return was.Object
		}
	}
	return nil
}
