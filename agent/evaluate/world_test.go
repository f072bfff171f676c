package evaluate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// installed is held while the shared control plane learns of ModelDeployment.
var installed sync.Mutex

// world is a namespace of a real control plane, with a unit in it and a Runner.
type world struct {
	testing.TB
	cp      *controlplane.ControlPlane
	ns      string
	clients kubernetes.Interface
	applier *apply.Applier
	changes chan apply.Ref
	runner  *evaluate.Runner
}

func newWorld(t testing.TB) *world {
	t.Helper()
	cp := controlplane.ForTest(t)
	w := &world{TB: t, cp: cp, ns: cp.Namespace(t), clients: kubernetes.NewForConfigOrDie(cp.RESTConfig()), changes: make(chan apply.Ref, 1)}
	w.installCRD()
	var err error
	if w.applier, err = apply.New(apply.Config{REST: cp.RESTConfig()}); err != nil {
		t.Fatal(err)
	}
	w.runner = w.newRunner()
	return w
}

func (w *world) installCRD() {
	w.Helper()
	installed.Lock()
	defer installed.Unlock()
	crd, err := os.ReadFile(filepath.Join("..", "..", "environments", "v1alpha1", "crds", "penstock.dev_modeldeployments.yaml"))
	if err != nil {
		w.Fatal(err)
	}
	w.kubectl(string(crd), "apply", "--server-side", "-f", "-")
	w.kubectl("", "wait", "--for=condition=Established", "--timeout=30s", "crd/modeldeployments.penstock.dev")
}

func (w *world) kubectl(stdin string, args ...string) string {
	w.Helper()
	out, err := w.cp.Kubectl(w.Context(), strings.NewReader(stdin), args...)
	if err != nil {
		w.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// newRunner is another agent, or the same one after a restart.
func (w *world) newRunner() *evaluate.Runner {
	w.Helper()
	runner, err := evaluate.New(evaluate.Config{
		REST: w.cp.RESTConfig(), Version: w.version(), Image: "registry.example.com/penstock:v1",
		OnChange: func(ref apply.Ref) {
			select { // one pending change is as good as many
			case w.changes <- ref:
			default:
			}
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(runner.Close)
	return runner
}

// version is in the user agent, by which the Runner's requests are counted.
func (w *world) version() string { return strings.ReplaceAll(w.Name(), "/", "-") }

// evaluation is one whose pods leave a message, with more lines.
func evaluation(name, message string, lines ...string) string {
	text := "  - name: " + name + "\n    image: registry.example.com/eval:1\n    metrics: [{name: mmlu/acc, min: \"0.7\"}]\n" +
		"    env:\n    - {name: SIMULATE_MESSAGE, value: '" + message + "'}\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	return text
}

// behaving makes the pods of an evaluation behave. It follows the variables.
func behaving(behaviour controlplane.Behaviour) string {
	return "- {name: SIMULATE, value: " + string(behaviour) + "}"
}

const good = `{"metrics": {"mmlu/acc": 0.71}}`

// unit renders a release of test/m, with its evaluations.
func (w *world) unit(release string, evaluations ...string) *render.Objects {
	w.Helper()
	text := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: m}\nspec:\n  release:\n" +
		"    model: {source: 'hf://org/model', revision: '" + revisionOf(release) + "'}\n    runtime: {engine: custom, image: 'example.com/server:" + release + "'}\n"
	if len(evaluations) > 0 {
		text += "  evaluations:\n" + strings.Join(evaluations, "")
	}
	tree := fstest.MapFS{"environments/test/m/model.yaml": {Data: []byte(text)}}
	env := &environments.Environment{Name: "test", Dir: "environments/test"}
	env.Spec.Namespace, env.Spec.AllowFloatingRevisions = w.ns, new(true)
	objects, err := render.New().Render(tree, &environments.Unit{Environment: env, Name: "m", Dir: "environments/test/m"})
	if err != nil {
		w.Fatal(err)
	}
	return objects
}

// revisionOf is the commit of a model that a release serves.
func revisionOf(release string) string {
	return "abc" + fmt.Sprintf("%x", release) + strings.Repeat("0", 37-2*len(release))
}

// applied applies a unit.
func (w *world) applied(objects *render.Objects) *render.Objects {
	w.Helper()
	if _, err := w.applier.Apply(w.Context(), objects, apply.Revision{Commit: "c0ffee1"}); err != nil {
		w.Fatal(err)
	}
	return objects
}

func (w *world) step(request evaluate.Request) evaluate.State {
	w.Helper()
	state, err := w.runner.Step(w.Context(), request)
	if err != nil {
		w.Fatal(err)
	}
	return state
}

// until steps whenever something changed, until what is asked for holds.
func (w *world) until(request evaluate.Request, what string, holds func(evaluate.State) bool) evaluate.State {
	w.Helper()
	timeout := time.After(90 * time.Second)
	for {
		state := w.step(request)
		if holds(state) {
			return state
		}
		select {
		case <-w.changes:
		case <-time.After(300 * time.Millisecond): // of a quota no watch tells
		case <-timeout:
			w.Fatalf("%s never held; it is %+v", what, state)
		}
	}
}

func isDone(s evaluate.State) bool    { return s.Phase == evaluate.Done }
func isRunning(s evaluate.State) bool { return s.Phase == evaluate.Running }

// says waits for words about what keeps an evaluation.
func says(words ...string) func(evaluate.State) bool {
	return func(s evaluate.State) bool {
		for _, word := range words {
			if !strings.Contains(s.Message, word) {
				return false
			}
		}
		return true
	}
}

func (w *world) jobs() []batchv1.Job {
	w.Helper()
	list, err := w.clients.BatchV1().Jobs(w.ns).List(w.Context(), metav1.ListOptions{})
	if err != nil {
		w.Fatal(err)
	}
	return list.Items
}

// eventually waits until something holds that the Runner does not tell of.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	for !holds() {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			w.Fatalf("%s never held", what)
		}
	}
}

// requests are those that Runners of this test made since a moment, but for watches that begin anew.
func (w *world) requests(since time.Time) []string {
	w.Helper()
	all, err := w.cp.Requests(since)
	if err != nil {
		w.Fatal(err)
	}
	var found []string
	for _, r := range all {
		if r.UserAgent == "penstock/"+w.version() && r.Resource != "" && r.Verb != "watch" {
			found = append(found, r.Verb+" "+r.Resource)
		}
	}
	return found
}
