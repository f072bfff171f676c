package install_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/agent/install/installtest"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// options install an agent for one environment, in namespaces that start with a name of the test's own.
func options(name string) install.Options {
	return install.Options{
		URL: "https://git.example.com/models.git", Branch: "main", Image: "registry.example.com/penstock:v1",
		Namespace: name + "-system", TargetNamespaces: []string{name + "-models"}, Replicas: 1, AuthSecret: "penstock-git",
	}
}

// installed applies the manifests and returns the agent's own way to the API server. What the test leaves
// behind goes with the control plane.
func installed(t *testing.T, o install.Options) (*controlplane.ControlPlane, *rest.Config) {
	t.Helper()
	cp := controlplane.ForTest(t)
	installtest.Apply(t, cp, o)
	config := installtest.ServiceAccountConfig(t, cp, o.Namespace, "penstock")
	own, last := clients(t, config), o.TargetNamespaces[len(o.TargetNamespaces)-1]
	eventually(t, func(context.Context) error { // the authorizer hears of new bindings by a watch
		if !canI(t, own, "create", "leases.coordination.k8s.io", o.Namespace) || !canI(t, own, "list", "pods", last) {
			return errors.New("the API server does not know the agent's rights")
		}
		return nil
	})
	return cp, config
}

func TestKubectlAppliesTheManifestsInOneGo(t *testing.T) {
	cp := controlplane.ForTest(t)
	o := options("twice")
	o.Replicas, o.AllowSecrets = 2, true
	for line := range strings.Lines(installtest.Apply(t, cp, o)) {
		if !strings.HasSuffix(line, " created\n") && !strings.HasPrefix(line, "customresourcedefinition") {
			t.Errorf("the first time, kubectl says %q", line)
		}
	}
	for line := range strings.Lines(installtest.Apply(t, cp, o)) {
		// kubectl never notices that a budget's selector is the same: the API type says patchStrategy: replace.
		if !strings.HasSuffix(line, " unchanged\n") && !strings.HasPrefix(line, "poddisruptionbudget") {
			t.Errorf("the second time, kubectl says %q", line)
		}
	}
}

// The namespace enforces the restricted Pod Security Standard, so a pod that starts there meets it.
func TestThePodStarts(t *testing.T) {
	o := options("starts")
	cp, _ := installed(t, o)
	admin := clients(t, cp.RESTConfig())
	eventually(t, func(ctx context.Context) error {
		pods, err := admin.CoreV1().Pods(o.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=penstock"})
		if err != nil || len(pods.Items) != 1 {
			return fmt.Errorf("%d pods: %w", len(pods.Items), err)
		}
		if phase := pods.Items[0].Status.Phase; phase != corev1.PodRunning {
			return fmt.Errorf("the pod is %s", phase)
		}
		return nil
	})
	events, err := admin.CoreV1().Events(o.Namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "type=Warning"})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		if event.Reason != "FailedScheduling" {
			t.Errorf("%s %s: %s", event.InvolvedObject.Kind, event.Reason, event.Message)
		}
	}
}

// What the agent does for itself, done with its own rights.
func TestTheAgentKeepsItsStateAndItsLease(t *testing.T) {
	o := options("state")
	_, config := installed(t, o)
	own := clients(t, config)
	for _, value := range []string{"created", "changed"} {
		state := corev1apply.ConfigMap("penstock", o.Namespace).WithData(map[string]string{"state.json": value})
		_, err := own.CoreV1().ConfigMaps(o.Namespace).Apply(t.Context(), state, metav1.ApplyOptions{FieldManager: "penstock", Force: true})
		if err != nil {
			t.Errorf("the state is not %s: %v", value, err)
		}
	}
	other := corev1apply.ConfigMap("other", o.Namespace)
	_, err := own.CoreV1().ConfigMaps(o.Namespace).Apply(t.Context(), other, metav1.ApplyOptions{FieldManager: "penstock"})
	if !apierrors.IsForbidden(err) {
		t.Errorf("a ConfigMap with another name: got %v, want a refusal", err)
	}
	if err := takeLease(t.Context(), own, o.Namespace, "penstock"); err != nil {
		t.Errorf("the lease: %v", err)
	}
}

func TestTheAgentFindsItsNamespaces(t *testing.T) {
	o := options("finds")
	_, config := installed(t, o)
	own := clients(t, config)
	if _, err := own.CoreV1().Namespaces().Get(t.Context(), o.TargetNamespaces[0], metav1.GetOptions{}); err != nil {
		t.Errorf("the environment's namespace: %v", err)
	}
	for _, name := range []string{"kube-system", o.Namespace, "finds-nowhere"} {
		if _, err := own.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{}); !apierrors.IsForbidden(err) {
			t.Errorf("the namespace %s: got %v, want a refusal", name, err)
		}
	}
}

func clients(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func eventually(t *testing.T, check func(context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatal(last)
	}
}

// takeLease does what leader election does.
func takeLease(ctx context.Context, own kubernetes.Interface, namespace, name string) error {
	leases := own.CoordinationV1().Leases(namespace)
	if _, err := leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	lease, err := leases.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	holder := "a pod"
	lease.Spec.HolderIdentity = &holder
	_, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
	return err
}
