package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/giteaserver"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	controlplane.Main(giteaserver.Tests(m))
}

// patience is how long a condition may take to come true before the test gives up.
const patience = 60 * time.Second

// world is a repository on a Git server, a control plane, and a namespace for the agent and for each
// environment. Tests share the control plane and nothing else.
type world struct {
	t       *testing.T
	cp      *controlplane.ControlPlane
	client  client.Client
	clients kubernetes.Interface
	repo    *gitserver.TestRepository
	front   *gitserver.Front
	agentNS string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldOn(t, controlplane.ForTest(t))
}

func worldOn(t *testing.T, cp *controlplane.ControlPlane) *world {
	t.Helper()
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(types); err != nil {
			t.Fatal(err)
		}
	}
	installCRD(t, cp)
	c, err := client.New(cp.RESTConfig(), client.Options{Scheme: types})
	if err != nil {
		t.Fatal(err)
	}
	repo := gitserver.ForTest(t)
	return &world{
		t: t, cp: cp, client: c, clients: kubernetes.NewForConfigOrDie(cp.RESTConfig()),
		repo: repo, front: repo.HTTP(gitserver.HTTP{TLS: true, Token: "the-token"}), agentNS: cp.Namespace(t),
	}
}

var crd sync.Mutex

func installCRD(t *testing.T, cp *controlplane.ControlPlane) {
	t.Helper()
	crd.Lock()
	defer crd.Unlock()
	ctx := t.Context()
	if _, err := cp.Kubectl(ctx, bytes.NewReader(v1alpha1.ModelDeploymentCRD), "apply", "--server-side", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	if _, err := cp.Kubectl(ctx, nil, "wait", "--for=condition=Established", "crd/modeldeployments.penstock.dev"); err != nil {
		t.Fatal(err)
	}
}

// config is that of an agent that polls every second and logs to the test.
func (w *world) config() agent.Config {
	w.t.Helper()
	auth := w.t.TempDir()
	if err := w.front.WriteSecret(auth); err != nil {
		w.t.Fatal(err)
	}
	return agent.Config{
		Source:    source.Config{URL: w.front.URL, Dir: w.t.TempDir(), AuthDir: auth},
		Schedule:  "@every 1s",
		Cluster:   w.cp.RESTConfig(),
		Namespace: w.agentNS,
		Identity:  "agent-0",
		Backoff:   agent.Backoff{Min: 100 * time.Millisecond, Max: 2 * time.Second},
		Log:       slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// start runs an agent until the test ends, or until what it returns is called.
func (w *world) start(config agent.Config) (stop func()) {
	w.t.Helper()
	a, err := agent.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				w.t.Errorf("the agent ended with %v", err)
			}
		case <-time.After(patience):
			w.t.Error("the agent did not stop")
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// serve deploys models that need nothing, in an environment named dev, and waits until they are healthy.
func (w *world) serve(models ...string) (namespace string, stop func()) {
	w.t.Helper()
	namespace, files := w.environment("dev")
	for _, model := range models {
		files["environments/dev/"+model+"/model.yaml"] = echo(model)
	}
	w.commit("Serve "+strings.Join(models, " and "), files)
	stop = w.start(w.config())
	for _, model := range models {
		w.ready(namespace, model, metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	}
	return namespace, stop
}

// commit pushes files, replacing those that exist, and returns the commit's id.
func (w *world) commit(message string, files map[string]string) string {
	w.t.Helper()
	return w.repo.Commit(gitserver.Change{Message: message, Files: files})
}

// environment returns an environment.yaml, at its path, for a namespace of the test's own.
func (w *world) environment(name string, extra ...string) (namespace string, files map[string]string) {
	namespace = w.agentNS + "-" + name
	w.t.Cleanup(func() {
		_, _ = w.cp.Kubectl(context.Background(), nil, "delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
	})
	content := fmt.Sprintf("apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: %s\nspec:\n  namespace: %s\n%s",
		name, namespace, strings.Join(extra, ""))
	return namespace, map[string]string{"environments/" + name + "/environment.yaml": content}
}

// echo returns the smallest descriptor: a container of one's own, without a GPU. Every option is a line of
// the runtime, indented by six.
func echo(name string, options ...string) string {
	var extra strings.Builder
	for _, option := range options {
		extra.WriteString("      " + option + "\n")
	}
	return `apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ` + name + `
spec:
  release:
    model:
      source: https://models.example.com/echo
      revision: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    runtime:
      engine: custom
      image: registry.example.com/echo:1.0
` + extra.String()
}

// llama returns a vLLM descriptor for so many GPUs of a product, and so many replicas.
func llama(name, product string, gpus, replicas int) string {
	return fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: %s
spec:
  release:
    model:
      source: hf://meta-llama/Llama-3.1-8B-Instruct
      revision: 0e9e39f249a16976918f6564b8830bc894c89659
    runtime:
      engine: vllm
      image: vllm/vllm-openai:v0.11.0
  accelerator: {product: %s, count: %d}
  scaling: {min: %d}
`, name, product, gpus, replicas)
}

// merged joins sets of files.
func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		for name, content := range set {
			all[name] = content
		}
	}
	return all
}

// eventually waits until check has no complaint, and fails with its last one.
func (w *world) eventually(check func() error) {
	w.t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(w.t.Context(), 50*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		last = check()
		return last == nil, nil
	})
	if err != nil {
		w.t.Fatalf("gave up after %s: %v", patience, last)
	}
}

// deployment reads a ModelDeployment.
func (w *world) deployment(namespace, name string) (*v1alpha1.ModelDeployment, error) {
	found := &v1alpha1.ModelDeployment{}
	return found, w.client.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, found)
}

// ready waits until a model's Ready condition has the status and reason, and returns it.
func (w *world) ready(namespace, name string, status metav1.ConditionStatus, reason string) *v1alpha1.ModelDeployment {
	w.t.Helper()
	return w.when(namespace, name, func(found *v1alpha1.ModelDeployment) error {
		condition := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady)
		if condition == nil || condition.Status != status || condition.Reason != reason {
			return fmt.Errorf("want Ready=%s %s, have %+v", status, reason, condition)
		}
		return nil
	})
}

// when waits until a ModelDeployment passes the check, and returns it.
func (w *world) when(namespace, name string, check func(*v1alpha1.ModelDeployment) error) *v1alpha1.ModelDeployment {
	w.t.Helper()
	var found *v1alpha1.ModelDeployment
	w.eventually(func() error {
		var err error
		if found, err = w.deployment(namespace, name); err != nil {
			return err
		}
		if err := check(found); err != nil {
			return fmt.Errorf("%s/%s: %w", namespace, name, err)
		}
		return nil
	})
	return found
}

// message is that of a condition.
func message(found *v1alpha1.ModelDeployment, conditionType string) string {
	if condition := meta.FindStatusCondition(found.Status.Conditions, conditionType); condition != nil {
		return condition.Message
	}
	return ""
}

// gone waits until an object is not there.
func (w *world) gone(object client.Object, namespace, name string) {
	w.t.Helper()
	w.eventually(func() error {
		err := w.client.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("%T %s/%s is still there (%v)", object, namespace, name, err)
	})
}

// polls waits for so many polls from now on.
func (w *world) polls(n int) {
	w.t.Helper()
	before := w.front.Count("info/refs")
	w.eventually(func() error {
		if did := w.front.Count("info/refs") - before; did < n {
			return fmt.Errorf("%d of %d polls", did, n)
		}
		return nil
	})
}

// writes are the requests since then that changed something in a namespace, events and status aside.
func writes(t *testing.T, cp *controlplane.ControlPlane, since time.Time, namespace string) []controlplane.Request {
	t.Helper()
	all, err := cp.Requests(since)
	if err != nil {
		t.Fatal(err)
	}
	var found []controlplane.Request
	for _, r := range all {
		reads := r.Verb == "get" || r.Verb == "list" || r.Verb == "watch"
		dryRun := strings.Contains(r.URI, "dryRun=")
		if r.Namespace == namespace && strings.HasPrefix(r.UserAgent, "penstock") && !reads && !dryRun &&
			r.Resource != "events" && r.Subresource != "status" {
			found = append(found, r)
		}
	}
	return found
}
