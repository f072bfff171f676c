package fleet

import (
	"errors"
	"fmt"
	"maps"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/component-helpers/resource"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// A Workload is what is to be placed: copies of one pod, or of a group of pods that is of use only as a whole.
type Workload struct {
	// Pod is the pod as the template has it: requests that are left out are taken from the limits.
	Pod corev1.PodSpec
	// Leader is the first pod of each group, where it differs from the others.
	Leader *corev1.PodSpec
	// Replicas is how many copies, or groups.
	Replicas int
	// PodsPerReplica is the size of a group, such as spec.leaderWorkerTemplate.size of a LeaderWorkerSet; 1 unless told.
	PodsPerReplica int
	// Claims are the ResourceClaimTemplates that the pods refer to, by name.
	Claims []resourcev1.ResourceClaimTemplate
}

// specs are the different pods of a replica.
func (w *Workload) specs() []*corev1.PodSpec {
	if w.Leader == nil {
		return []*corev1.PodSpec{&w.Pod}
	}
	return []*corev1.PodSpec{w.Leader, &w.Pod}
}

// demand is what one pod of a workload wants.
type demand struct {
	spec     *corev1.PodSpec
	requests Amounts
	affinity nodeaffinity.RequiredNodeAffinity
	claims   []*resourcev1.ResourceClaim
	asks     []*ask
}

func (f *Fleet) demandOf(spec *corev1.PodSpec, templates []resourcev1.ResourceClaimTemplate) (*demand, error) {
	spec = spec.DeepCopy()
	defaultRequests(spec)
	d := &demand{
		spec:     spec,
		requests: requests(&corev1.Pod{Spec: *spec}),
		affinity: nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity),
	}
	if _, err := d.affinity.Match(&corev1.Node{}); err != nil {
		return nil, fmt.Errorf("its node affinity cannot be understood: %w", err)
	}
	claims, err := claimsOf(spec, templates)
	if err != nil || len(claims) == 0 {
		return d, err
	}
	if f.devices == nil {
		return nil, errors.New("it claims devices, and those of the cluster are not known")
	}
	d.claims = claims
	d.asks, err = f.devices.asksOf(claims)
	return d, err
}

// part is a number of equal pods of a replica.
type part struct {
	*demand
	pods int
}

// parts are the pods of one replica: the leader, where it differs, and the others.
func (f *Fleet) parts(w Workload) ([]part, error) {
	pod, err := f.demandOf(&w.Pod, w.Claims)
	if err != nil {
		return nil, err
	}
	pods := max(w.PodsPerReplica, 1)
	if w.Leader == nil {
		return []part{{pod, pods}}, nil
	}
	leader, err := f.demandOf(w.Leader, w.Claims)
	if err != nil {
		return nil, err
	}
	return []part{{leader, 1}, {pod, pods - 1}}, nil
}

// defaultRequests does what the API server does: what is limited and not requested is requested. The pod's own
// limits count only for what no container requests.
func defaultRequests(spec *corev1.PodSpec) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			r := &containers[i].Resources
			r.Requests = filled(r.Requests, r.Limits)
		}
	}
	if spec.Resources != nil {
		requested := resource.AggregateContainerRequests(&corev1.Pod{Spec: *spec}, resource.PodResourcesOptions{})
		spec.Resources.Requests = filled(spec.Resources.Requests, filled(requested, spec.Resources.Limits))
	}
}

// filled is a list with what it lacks of another.
func filled(list, others corev1.ResourceList) corev1.ResourceList {
	all := corev1.ResourceList{}
	maps.Copy(all, others)
	maps.Copy(all, list)
	return all
}

// transient are the taints of a node that cannot take pods now, but is expected to again.
var transient = map[string]bool{
	corev1.TaintNodeNotReady: true, corev1.TaintNodeUnreachable: true, corev1.TaintNodeUnschedulable: true,
	corev1.TaintNodeMemoryPressure: true, corev1.TaintNodeDiskPressure: true, corev1.TaintNodePIDPressure: true,
	corev1.TaintNodeNetworkUnavailable: true, corev1.TaintNodeOutOfService: true,
	"node.cloudprovider.kubernetes.io/uninitialized": true,
}

// selects says whether the pod's labels and affinity admit a node.
func (d *demand) selects(n *node) bool {
	ok, err := d.affinity.Match(n.object())
	return ok && err == nil
}

// repels gives the taint for which the pod may never run on a node, or nil.
func (d *demand) repels(n *node) *corev1.Taint {
	return d.untolerated(n.Taints, func(t *corev1.Taint) bool { return !transient[t.Key] })
}

// isOffline says whether a node takes no such pod now.
func (d *demand) isOffline(n *node) bool {
	if !n.Ready || d.untolerated(n.Taints, func(t *corev1.Taint) bool { return transient[t.Key] }) != nil {
		return true
	}
	cordoned := []corev1.Taint{{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}}
	return d.untolerated(cordoned, func(*corev1.Taint) bool { return n.Unschedulable }) != nil
}

// untolerated gives the first of some taints that keeps the pod away.
func (d *demand) untolerated(taints []corev1.Taint, which func(*corev1.Taint) bool) *corev1.Taint {
	taint, found := scheduling.FindMatchingUntoleratedTaint(logr.Discard(), taints, d.spec.Tolerations, func(t *corev1.Taint) bool {
		return t.Effect != corev1.TaintEffectPreferNoSchedule && which(t)
	}, true)
	if !found {
		return nil
	}
	return &taint
}
