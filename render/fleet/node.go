package fleet

import (
	"maps"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Node is what matters of a node.
type Node struct {
	Name string
	// Labels are all of them: a pod may select by any.
	Labels map[string]string
	Taints []corev1.Taint
	// Unschedulable is set by kubectl cordon.
	Unschedulable bool
	// Ready is the condition of that name.
	Ready bool
	// Allocatable is what pods may use, and how many there may be ("pods").
	Allocatable Amounts
}

// NodeOf is what matters of a node. It shares the node's labels and taints.
func NodeOf(node *corev1.Node) Node {
	n := Node{
		Name: node.Name, Labels: node.Labels, Taints: node.Spec.Taints,
		Unschedulable: node.Spec.Unschedulable, Allocatable: AmountsOf(node.Status.Allocatable),
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			n.Ready = condition.Status == corev1.ConditionTrue
		}
	}
	return n
}

// Equal says whether two states of a node are the same to every workload.
func (n Node) Equal(other Node) bool {
	return n.Name == other.Name && n.Unschedulable == other.Unschedulable && n.Ready == other.Ready &&
		maps.Equal(n.Labels, other.Labels) && maps.Equal(n.Allocatable, other.Allocatable) &&
		reflect.DeepEqual(n.Taints, other.Taints)
}

// object is the node as the scheduler's library wants it.
func (n *Node) object() *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels}, Spec: corev1.NodeSpec{Taints: n.Taints}}
}
