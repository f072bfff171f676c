package controlplane

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	gpuResource    = "nvidia.com/gpu"
	kwokAnnotation = "kwok.x-k8s.io/node" // a node that KWOK plays
	kwokFake       = "fake"
	fleetManager   = "penstock-test-fleet"
	nodesAtOnce    = 8 // more than that, and the API server's CPU is what they wait for
)

// ApplyFleet creates the nodes of a fleet, or changes those of the same names,
// and waits until pods can be scheduled on them. Nodes that the fleet does not
// name stay.
func ApplyFleet(ctx context.Context, config *rest.Config, fleet Fleet) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return doing("making a client", err)
	}
	var names []string
	nodes, applying := errgroup.WithContext(ctx)
	nodes.SetLimit(nodesAtOnce)
	for _, kind := range fleet.Nodes {
		kind.setDefaults()
		for i := range kind.Nodes {
			name := fmt.Sprintf("%s-%d", kind.Name, i)
			names = append(names, name)
			nodes.Go(func() error { return doing("applying the node "+name, applyNode(applying, client, name, kind)) })
		}
	}
	if err := nodes.Wait(); err != nil {
		return err
	}
	return await(ctx, "the nodes to be ready", nil, func(ctx context.Context) error {
		names, err = dropSchedulable(ctx, client, names)
		return err
	})
}

// applyNode applies the node and then its status, which is a resource apart.
func applyNode(ctx context.Context, client kubernetes.Interface, name string, kind NodeKind) error {
	options := metav1.ApplyOptions{FieldManager: fleetManager, Force: true}
	spec := applycorev1.NodeSpec()
	if kind.Taint {
		spec.WithTaints(applycorev1.Taint().WithKey(gpuResource).WithEffect(corev1.TaintEffectNoSchedule))
	}
	node := applycorev1.Node(name).
		WithAnnotations(map[string]string{kwokAnnotation: kwokFake}).
		WithLabels(kind.nodeLabels(name)).
		WithSpec(spec)
	applied, err := client.CoreV1().Nodes().Apply(ctx, node, options)
	if err != nil {
		return err
	}
	if kind.DRA {
		if err := applyDevices(ctx, client, applied, kind); err != nil {
			return err
		}
	}
	capacity, err := kind.capacity()
	if err != nil {
		return err
	}
	status := applycorev1.Node(name).WithStatus(applycorev1.NodeStatus().
		WithCapacity(capacity).WithAllocatable(capacity).
		WithConditions(readyCondition()).
		WithAddresses(applycorev1.NodeAddress().WithType(corev1.NodeHostName).WithAddress(name)).
		WithNodeInfo(applycorev1.NodeSystemInfo().
			WithArchitecture("amd64").WithOperatingSystem("linux").
			WithKubeletVersion(kubernetesVersion).WithContainerRuntimeVersion("kwok://simulated").
			WithOSImage("simulated").WithKernelVersion("simulated").
			WithBootID("").WithMachineID("").WithSystemUUID("").WithKubeProxyVersion("")))
	_, err = client.CoreV1().Nodes().ApplyStatus(ctx, status, options)
	return err
}

// readyCondition spares the wait for KWOK, which keeps the node ready from here
// on; with a thousand nodes that is a third of the time.
func readyCondition() *applycorev1.NodeConditionApplyConfiguration {
	now := metav1.Now()
	return applycorev1.NodeCondition().WithType(corev1.NodeReady).WithStatus(corev1.ConditionTrue).
		WithReason("KubeletReady").WithMessage("kubelet is posting ready status").
		WithLastHeartbeatTime(now).WithLastTransitionTime(now)
}

// dropSchedulable leaves out the nodes that the scheduler would use, up to the
// first that it would not, and reports that one. They are asked for one by one: a
// list of a thousand, again and again, would take the API server's time.
func dropSchedulable(ctx context.Context, client kubernetes.Interface, names []string) ([]string, error) {
	for i, name := range names {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			err = ready(node)
		}
		if err != nil {
			return names[i:], fmt.Errorf("node %s: %w", name, err)
		}
	}
	return nil, nil
}

func ready(node *corev1.Node) error {
	for _, taint := range node.Spec.Taints {
		if strings.HasPrefix(taint.Key, "node.kubernetes.io/") {
			return fmt.Errorf("is tainted %s", taint.Key)
		}
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("is not Ready")
}

// capacity is what a node of this kind offers. With the strategy mixed, a GPU in
// slices is no nvidia.com/gpu any more.
func (k NodeKind) capacity() (corev1.ResourceList, error) {
	cpu, err := resource.ParseQuantity(k.CPU)
	if err != nil {
		return nil, fmt.Errorf("cpu %q: %w", k.CPU, err)
	}
	memory, err := resource.ParseQuantity(k.Memory)
	if err != nil {
		return nil, fmt.Errorf("memory %q: %w", k.Memory, err)
	}
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              cpu,
		corev1.ResourceMemory:           memory,
		corev1.ResourceEphemeralStorage: resource.MustParse("4Ti"),
		corev1.ResourcePods:             resource.MustParse("250"),
	}
	for name, count := range k.gpuResources() {
		capacity[corev1.ResourceName(name)] = *resource.NewQuantity(int64(count), resource.DecimalSI)
	}
	return capacity, nil
}

// gpuResources are what the device plugin would offer. It does not run where the
// DRA driver does.
func (k NodeKind) gpuResources() map[string]int {
	switch {
	case k.GPUs == 0 || k.DRA:
		return nil
	case k.MIG == nil:
		return map[string]int{gpuResource: k.GPUs * k.sharers()}
	case k.MIG.Strategy == "single":
		return map[string]int{gpuResource: k.slices()}
	}
	offered := map[string]int{gpuResource: 0}
	for name, count := range k.MIG.Profiles {
		offered["nvidia.com/mig-"+name] = count
	}
	return offered
}

// slices is how many MIG slices a node has.
func (k NodeKind) slices() int {
	sum := 0
	for _, count := range k.MIG.Profiles {
		sum += count
	}
	return sum
}
