package controlplane

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// TB is what this package needs of a [testing.TB]. It is an interface of its
// own, so that the demo does not link the package testing.
type TB interface {
	Helper()
	Name() string
	Context() context.Context
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// shared is the one control plane of a test binary.
var shared struct {
	sync.Mutex
	main bool // Main is running, and will stop it
	cp   *ControlPlane
	err  error
}

// Main is the TestMain of a package whose tests call ForTest: it runs the tests,
// stops the control plane if there is one, and exits.
//
//	func TestMain(m *testing.M) { controlplane.Main(m) }
func Main(m interface{ Run() int }) {
	shared.Lock()
	shared.main = true
	shared.Unlock()
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func stopShared() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.cp == nil {
		return nil
	}
	return shared.cp.Stop()
}

// ForTest returns the control plane that all tests of this test binary share,
// with the nodes of [DefaultFleet]. The first call starts it; Main stops it. A
// test that takes the API server down should start its own.
func ForTest(t TB) *ControlPlane {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		t.Fatalf("the package has no TestMain that calls controlplane.Main, so nobody would stop the control plane")
	}
	if shared.cp == nil && shared.err == nil {
		fleet := DefaultFleet()
		// Not the test's context: it ends with the first test.
		shared.cp, shared.err = Start(context.Background(), Options{Progress: os.Stderr, Fleet: &fleet})
	}
	if shared.err != nil {
		t.Fatalf("%v", shared.err)
	}
	return shared.cp
}

// Namespace makes a namespace for one test, in which pods can be created, and
// deletes it when the test ends. It does not wait for the deletion.
func (c *ControlPlane) Namespace(t TB) string {
	t.Helper()
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		t.Fatalf("making a client: %v", err)
	}
	name, err := newNamespace(t.Context(), client, t.Name())
	if err != nil {
		t.Fatalf("making a namespace: %v", err)
	}
	t.Cleanup(func() {
		err := client.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{})
		if err != nil {
			fmt.Fprintf(os.Stderr, "deleting the namespace %s: %v\n", name, err)
		}
	})
	return name
}

func newNamespace(ctx context.Context, client kubernetes.Interface, test string) (string, error) {
	created, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: namePrefix(test)},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return created.Name, await(ctx, "the namespace "+created.Name, nil, func(ctx context.Context) error {
		return podsCanBeCreated(ctx, client, created.Name)
	})
}

// namePrefix turns a test's name into the beginning of a name in the API.
func namePrefix(test string) string {
	clean := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, strings.ToLower(test))
	clean = strings.Trim(clean, "-")
	return clean[:min(len(clean), 40)] + "-"
}
