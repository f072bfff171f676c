package capacity

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/render/fleet"
)

// record is what is kept of an object.
type record[T any] struct {
	metav1.ObjectMeta // name, namespace, uid and version alone
	value             T
}

// slim makes the function that turns an object into its record. It leaves alone what is one already: an
// informer may ask twice.
func slim[O metav1.Object, T any](of func(O) T) func(any) (any, error) {
	return func(obj any) (any, error) {
		o, ok := obj.(O)
		if !ok {
			return obj, nil
		}
		return &record[T]{
			ObjectMeta: metav1.ObjectMeta{Name: o.GetName(), Namespace: o.GetNamespace(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion()},
			value:      of(o),
		}, nil
	}
}

// ours begin the labels by which pods of a unit are known; others are not kept.
var ours = []string{"penstock.dev/", "app.kubernetes.io/", "leaderworkerset.sigs.k8s.io/"}

func podOf(pod *corev1.Pod) fleet.Pod {
	p := fleet.PodOf(pod)
	p.Labels = nil
	for key, value := range pod.Labels {
		for _, prefix := range ours {
			if strings.HasPrefix(key, prefix) {
				if p.Labels == nil {
					p.Labels = map[string]string{}
				}
				p.Labels[key] = value
			}
		}
	}
	return p
}

func sliceOf(slice *resourcev1.ResourceSlice) *resourcev1.ResourceSlice {
	return &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: slice.Name}, Spec: slice.Spec}
}

func classOf(class *resourcev1.DeviceClass) *resourcev1.DeviceClass {
	return &resourcev1.DeviceClass{ObjectMeta: metav1.ObjectMeta{Name: class.Name}, Spec: class.Spec}
}

// weight is how much a change matters.
type weight int

const (
	nothing weight = iota // to nobody
	detail                // to what Fleet gives, but not to where pods can run
	matters               // to where pods can run
)

func weighNode(old, now fleet.Node) weight { return unless(old.Equal(now)) }

// weighPod knows that a bound pod can change its size and, in the end, whether it is terminating.
func weighPod(old, now fleet.Pod) weight {
	switch {
	case old.UID != now.UID || old.Node != now.Node || !reflect.DeepEqual(old.Requests, now.Requests):
		return matters
	case !reflect.DeepEqual(old, now):
		return detail
	}
	return nothing
}

func weighClaim(old, now fleet.Claim) weight {
	switch {
	case !reflect.DeepEqual(old.Devices, now.Devices) || len(old.Shares) != len(now.Shares):
		return matters
	case !reflect.DeepEqual(old, now):
		return detail
	}
	return nothing
}

func weighSlice(old, now *resourcev1.ResourceSlice) weight {
	return unless(equality.Semantic.DeepEqual(old.Spec, now.Spec))
}

func weighClass(old, now *resourcev1.DeviceClass) weight {
	return unless(equality.Semantic.DeepEqual(old.Spec, now.Spec))
}

func unless(same bool) weight {
	if same {
		return nothing
	}
	return matters
}

// weighed compares the records of two events.
func weighed[T any](weigh func(old, now T) weight) func(old, now any) weight {
	return func(old, now any) weight {
		a, isA := old.(*record[T])
		b, isB := now.(*record[T])
		if !isA || !isB {
			return matters
		}
		return weigh(a.value, b.value)
	}
}
