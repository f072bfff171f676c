package render

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments"
)

// TestGolden shows what descriptors mean, in YAML that a person can review.
func TestGolden(t *testing.T) {
	for name, data := range archives(t, "golden") {
		t.Run(name, func(t *testing.T) {
			_, tree := archive(data)
			o := mustRender(t, tree, unitOf("prod/m"))
			golden(t, filepath.Join("testdata", "golden", name+".yaml"), shown(t, o))
		})
	}
}

// TestGoldensHaveNothingLeftOver: a placeholder that no value replaced, or a field without a value, is what the
// YAML of a runtime forgot. Kinds of Kubernetes have no field that their Go type does not.
func TestGoldensHaveNothingLeftOver(t *testing.T) {
	for name, data := range archives(t, "golden") {
		_, tree := archive(data)
		o := mustRender(t, tree, unitOf("prod/m"))
		for _, item := range o.Items {
			if !strings.HasPrefix(item.GetName(), "m") {
				continue // what the unit brings itself
			}
			for _, left := range leftOver(item.Object, item.GetKind()) {
				t.Errorf("%s: %s", name, left)
			}
			if known, ok := kinds[item.GetKind()]; ok {
				typed := reflect.New(reflect.TypeOf(known)).Interface()
				if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(item.Object, typed, true); err != nil {
					t.Errorf("%s: %s: %v", name, item.GetKind(), err)
				}
			} else if !strings.Contains(item.GetAPIVersion(), ".") {
				t.Errorf("%s: add the type of %s", name, item.GetKind())
			}
		}
	}
}

// kinds are the types of Kubernetes' own kinds. Those of other projects are held against their CRDs in test/e2e.
var kinds = map[string]any{
	"ConfigMap": corev1.ConfigMap{}, "PersistentVolumeClaim": corev1.PersistentVolumeClaim{}, "Service": corev1.Service{},
	"ServiceAccount": corev1.ServiceAccount{}, "Deployment": appsv1.Deployment{}, "NetworkPolicy": networkingv1.NetworkPolicy{},
	"PodDisruptionBudget": policyv1.PodDisruptionBudget{}, "HorizontalPodAutoscaler": autoscalingv2.HorizontalPodAutoscaler{},
	"ResourceClaimTemplate": resourcev1.ResourceClaimTemplate{},
}

// leftOver lists placeholders and empty values. The only name that may be empty is that of the core group.
func leftOver(value any, at string) []string {
	var found []string
	switch v := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if key != "group" || v[key] != "" {
				found = append(found, leftOver(v[key], at+"."+key)...)
			}
		}
		if len(v) == 0 {
			found = append(found, at+" is empty")
		}
	case []any:
		for i, item := range v {
			found = append(found, leftOver(item, fmt.Sprintf("%s[%d]", at, i))...)
		}
		if len(v) == 0 {
			found = append(found, at+" is empty")
		}
	case nil:
		found = append(found, at+" is null")
	case string:
		if slices.Contains([]string{"", "placeholder", "image", "model", "claim", "template", "reference", "class", "queue", "picker", "namespace", "metric"}, v) &&
			!strings.HasSuffix(at, "mountPath") && !strings.HasSuffix(at, "].name") {
			found = append(found, fmt.Sprintf("%s is %q", at, v))
		}
	}
	return found
}

// TestGoldenReference does the same for the project's own environments.
func TestGoldenReference(t *testing.T) {
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatalf("load the reference: %v %v", err, tree.Problems())
	}
	if len(tree.Units) == 0 {
		t.Fatal("the reference has no units")
	}
	for _, unit := range tree.Units {
		t.Run(unit.ID(), func(t *testing.T) {
			o := mustRender(t, environments.Reference, unit)
			golden(t, filepath.Join("testdata", "golden", "reference-"+strings.ReplaceAll(unit.ID(), "/", "-")+".yaml"), shown(t, o))
		})
	}
}

// shown is everything about a unit's objects that others rely on.
func shown(t *testing.T, o *Objects) []byte {
	t.Helper()
	data, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("# release %s, %d GPUs, from %s\n# digest %s\n", o.ReleaseID, o.GPUs, strings.Join(o.Roots, ", "), o.Digest)
	return append([]byte(head), data...)
}
