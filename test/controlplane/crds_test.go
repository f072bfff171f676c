package controlplane_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// crdCases are, for each CRD, an object that it accepts, and a change to it that
// its schema refuses: a rule of that project, which no other schema has.
var crdCases = map[controlplane.CRD]struct{ file, old, new, refusal string }{
	controlplane.LeaderWorkerSetCRD: {"leaderworkerset.yaml", "RecreateGroupOnPodRestart", "Sometimes",
		`spec.leaderWorkerTemplate.restartPolicy: Unsupported value: "Sometimes"`},
	controlplane.GatewayCRD: {"gateway.yaml", "protocol: HTTP}", "protocol: HTTP, tls: {mode: Terminate}}",
		"tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"},
	controlplane.HTTPRouteCRD: {"httproute.yaml", "llama.example.com", "10.0.0.1/8",
		`spec.hostnames[0]: Invalid value: "10.0.0.1/8"`},
	controlplane.InferencePoolCRD: {"inferencepool.yaml", "number: 8000", "number: 80000",
		"spec.targetPorts[0].number: Invalid value: 80000"},
	controlplane.ScaledObjectCRD: {"scaledobject.yaml", "scaleTargetRef: {name: llama-8b}", "scaleTargetRef: {}",
		"spec.scaleTargetRef.name: Required value"},
	controlplane.PodMonitorCRD: {"podmonitor.yaml", "15s", "often",
		`spec.podMetricsEndpoints[0].interval: Invalid value: "often"`},
}

func TestKindsOfOtherProjectsAreServedByTheirOwnCRDs(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	namespace := cp.Namespace(t)
	for _, crd := range controlplane.AllCRDs() {
		t.Run(string(crd), func(t *testing.T) {
			t.Parallel()
			if err := cp.InstallCRDs(t.Context(), crd); err != nil {
				t.Fatal(err)
			}
			c, ok := crdCases[crd]
			if !ok {
				t.Fatal("there is no example of this kind")
			}
			good, err := os.ReadFile(filepath.Join("testdata", "crds", c.file))
			if err != nil {
				t.Fatal(err)
			}
			if err := dryRun(t, cp, crd, namespace, string(good)); err != nil {
				t.Errorf("a good object is refused: %v", err)
			}
			if err := dryRun(t, cp, crd, namespace, strings.Replace(string(good), c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.refusal) {
				t.Errorf("a bad object: got %v, want %s", err, c.refusal)
			}
			misspelt := strings.Replace(string(good), "spec:", "spec:\n  penstock: true", 1)
			if err := dryRun(t, cp, crd, namespace, misspelt); err == nil || !strings.Contains(err.Error(), ".spec.penstock: field not declared in schema") {
				t.Errorf("an unknown field: got %v", err)
			}
		})
	}
}

// dryRun applies an object by server-side apply, without keeping it.
func dryRun(t *testing.T, cp *controlplane.ControlPlane, crd controlplane.CRD, namespace, manifest string) error {
	t.Helper()
	client, err := dynamic.NewForConfig(cp.RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	var object unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		t.Fatal(err)
	}
	plural, group, _ := strings.Cut(string(crd), ".")
	resource := schema.GroupVersionResource{Group: group, Version: object.GroupVersionKind().Version, Resource: plural}
	_, err = client.Resource(resource).Namespace(namespace).Patch(t.Context(), object.GetName(), types.ApplyPatchType, []byte(manifest),
		metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: "test", FieldValidation: metav1.FieldValidationStrict})
	return err
}

func TestCRDsAreInstalledOnce(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if err := cp.InstallCRDs(t.Context(), controlplane.PodMonitorCRD, controlplane.ScaledObjectCRD); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	requests, err := cp.Requests(time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	created := 0
	for _, r := range requests {
		if r.Resource != "customresourcedefinitions" || r.Verb != "create" {
			continue
		}
		created++
		if r.Code != http.StatusCreated {
			t.Errorf("a CRD is created again: %+v", r)
		}
	}
	if created < 2 {
		t.Error("fewer than two CRDs were created")
	}
}

func TestAnUnknownCRDIsNamed(t *testing.T) {
	t.Parallel()
	err := controlplane.ForTest(t).InstallCRDs(t.Context(), "pods.example.com")
	if err == nil || !strings.Contains(err.Error(), `no CRD "pods.example.com" is known here; known are gateways.gateway.networking.k8s.io, httproutes.`) {
		t.Errorf("got %v", err)
	}
}
