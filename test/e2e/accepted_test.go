package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// goldenNamespace is the namespace that the goldens of render are in.
const goldenNamespace = "ml-prod"

// TestTheClusterAcceptsWhatIsRendered: what an engineer may write, the API server takes. Every golden of render is
// applied to a real API server, by server-side apply and without keeping it: the kinds of Kubernetes by its own
// validation, those of other projects by their own CRDs, and CEL in claims by Kubernetes' compiler.
//
// Nothing validates the pods in the templates of a LeaderWorkerSet before they are made. So a pod of each template
// is created as well, again without keeping it, in a namespace that enforces the Pod Security Standard
// "restricted": it says the same of those of Deployments, which would be refused only when they are rolled out.
func TestTheClusterAcceptsWhatIsRendered(t *testing.T) {
	cp := controlplane.ForTest(t)
	c := goldenCluster(t, cp)
	files, err := filepath.Glob(filepath.Join("..", "..", "render", "testdata", "golden", "*.yaml"))
	if err != nil || len(files) < 25 {
		t.Fatalf("expected the goldens of render, found %v %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			for _, object := range objectsIn(t, file) {
				object.SetNamespace(goldenNamespace) // those of the reference have one for each environment
				what := object.GetKind() + " " + object.GetName()
				data, err := object.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				apply := client.RawPatch(types.ApplyPatchType, data)
				if err := c.Patch(t.Context(), object.DeepCopy(), apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner("golden")); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				for role, template := range templates(t, object) {
					if err := c.Create(t.Context(), template, client.DryRunAll, client.FieldValidation("Strict")); err != nil {
						t.Errorf("a pod of %s %s: %v", what, role, err)
					}
				}
			}
		})
	}
}

// goldenCluster makes what the goldens refer to: other projects' kinds, the namespace, and what pods name.
func goldenCluster(t *testing.T, cp *controlplane.ControlPlane) client.Client {
	t.Helper()
	if err := cp.InstallCRDs(t.Context(), controlplane.AllCRDs()...); err != nil {
		t.Fatal(err)
	}
	installCRD(t, cp)
	restricted := map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
	kube := kubernetes.NewForConfigOrDie(cp.RESTConfig())
	_, failed := kube.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: goldenNamespace, Labels: restricted}}, metav1.CreateOptions{})
	made(t, failed)
	_, failed = kube.SchedulingV1().PriorityClasses().Create(t.Context(), &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "serving"}, Value: 10}, metav1.CreateOptions{})
	made(t, failed)
	_, failed = kube.NodeV1().RuntimeClasses().Create(t.Context(), &nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: "nvidia"}, Handler: "nvidia"}, metav1.CreateOptions{})
	made(t, failed)
	c, err := client.New(cp.RESTConfig(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func made(t *testing.T, err error) {
	t.Helper()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

func objectsIn(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []*unstructured.Unstructured
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, object)
	}
	return all
}

// templates are pods of the templates of a runtime's workload, by their place in it. What a unit brings beside its
// descriptor is the unit's own affair.
func templates(t *testing.T, object *unstructured.Unstructured) map[string]*corev1.Pod {
	t.Helper()
	places := map[string][][]string{
		"Deployment":      {{"spec", "template"}},
		"LeaderWorkerSet": {{"spec", "leaderWorkerTemplate", "leaderTemplate"}, {"spec", "leaderWorkerTemplate", "workerTemplate"}},
	}[object.GetKind()]
	pods := map[string]*corev1.Pod{}
	for _, place := range places {
		template, found, err := unstructured.NestedMap(object.Object, place...)
		if err != nil || !found {
			t.Fatalf("%s has no template at %v: %v", object.GetName(), place, err)
		}
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(template, pod, true); err != nil {
			t.Fatalf("%s at %v: %v", object.GetName(), place, err)
		}
		if !slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == "server" }) {
			continue
		}
		pod.Name, pod.Namespace = object.GetName()+"-0", goldenNamespace
		// The account is in the same golden, and not kept.
		pod.Spec.ServiceAccountName = ""
		pods[place[len(place)-1]] = pod
	}
	return pods
}
