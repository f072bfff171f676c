package evaluate_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// failed is the one outcome, which must have failed with these words.
func failed(t *testing.T, state evaluate.State, words ...string) records.Evaluation {
	t.Helper()
	if len(state.Ended) != 1 || state.Ended[0].Passed || len(state.Ended[0].Metrics) > 0 {
		t.Fatalf("%+v", state)
	}
	text := strings.Join(state.Ended[0].Problems, "\n")
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("no %q in %q", word, text)
		}
	}
	return state.Ended[0]
}

func TestAJobThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good, behaving(controlplane.Crash), "retries: 1")))}
	state := w.until(request, "done", isDone)
	failed(t, state, "it failed, and so did 1 retries: the container evaluation ended with exit code 1", "kubectl logs -n "+w.ns+" job/m-mmlu-")
	request.Recorded = []string{state.Ended[0].Job}
	if again := w.step(request); again.Phase != evaluate.Done {
		t.Errorf("it is not measured again: %+v", again)
	}
}

// What kept a Job is told while it is kept, and when its time is over.
func TestAJobThatRunsOutOfTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line  string
		words []string
		end   []string
	}{
		"an image that cannot be pulled": {behaving(controlplane.Unpullable), []string{"the image registry.example.com/eval:1 cannot be pulled", "spec.credentials.imagePullSecret"},
			[]string{"it did not end within 8s: the image registry.example.com/eval:1 cannot be pulled"}},
		"no room":   {"resources: {cpu: 900}", []string{"no node takes its pod", "ask for less in resources"}, []string{"it did not end within 8s: no node takes its pod"}},
		"too slow ": {behaving(controlplane.NeverReady), []string{"it runs as Job m-mmlu-"}, []string{"it did not end within 8s; give it more time by timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			objects := w.unit("v1", evaluation("mmlu", good, test.line))
			objects.Descriptor.Spec.Evaluations[0].Timeout = "8s" // less than a descriptor may say
			request := evaluate.Request{Healthy: true, Objects: w.applied(objects)}
			w.until(request, "words", func(s evaluate.State) bool { return isRunning(s) && says(test.words...)(s) })
			failed(t, w.until(request, "done", isDone), test.end...)
		})
	}
}

// Somebody who deletes a Job again and again does not want it.
func TestAJobThatIsDeletedIsBegunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good, behaving(controlplane.NeverReady))))}
	seen := map[string]bool{}
	state := w.until(request, "given up", func(s evaluate.State) bool {
		for _, job := range w.jobs() {
			if seen[string(job.UID)] = true; job.DeletionTimestamp == nil {
				_ = w.clients.BatchV1().Jobs(w.ns).Delete(t.Context(), job.Name, metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationBackground)})
			}
		}
		return isDone(s)
	})
	failed(t, state, "deleted before the result was read, 3 times")
	if len(seen) != 3 {
		t.Errorf("it was begun %d times", len(seen))
	}
}

// A pod may be gone before anybody read what it left, while the agent was away.
func TestAPodThatIsDeletedIsRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good)))}
	w.until(request, "begun", func(evaluate.State) bool { return len(w.jobs()) == 1 })
	w.runner.Close()
	w.eventually("the Job has ended", func() bool { return w.jobs()[0].Status.CompletionTime != nil })
	lost := w.jobs()[0].UID
	if err := w.clients.CoreV1().Pods(w.ns).DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "penstock.dev/evaluation"}); err != nil {
		t.Fatal(err)
	}
	w.eventually("the pod is gone", func() bool {
		list, err := w.clients.CoreV1().Pods(w.ns).List(t.Context(), metav1.ListOptions{LabelSelector: "penstock.dev/evaluation"})
		return err == nil && len(list.Items) == 0
	})
	w.runner = w.newRunner()
	w.until(request, "run again", says("its pod was deleted before the result was read"))
	state := w.until(request, "done", isDone)
	if jobs := w.jobs(); len(jobs) != 1 || jobs[0].UID == lost || !state.Ended[0].Passed {
		t.Errorf("%v, %+v", jobs, state)
	}
}

// A quota passes when somebody raises it; nothing is lost meanwhile, and the other way round nothing is tried in vain.
func TestAQuotaIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good)))}
	w.kubectl("", "create", "quota", "none", "-n", w.ns, "--hard=count/jobs.batch=0")
	w.eventually("the quota holds", func() bool {
		return strings.Contains(w.kubectl("", "get", "quota", "none", "-n", w.ns, "-o", "yaml"), "used:")
	})
	state := w.until(request, "refused", says("the API server does not take its Job", "exceeded quota", "raise the quota of the namespace "+w.ns))
	if state.Phase != evaluate.Waiting || state.Again == 0 || state.Evaluation != "mmlu" {
		t.Errorf("%+v", state)
	}
	w.kubectl("", "delete", "quota", "none", "-n", w.ns)
	if state := w.until(request, "done", isDone); !state.Ended[0].Passed {
		t.Errorf("%+v", state)
	}
}

// Who may make Jobs could make one of the right name that finds whatever he likes.
func TestAForeignJobProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects := w.applied(w.unit("v1", evaluation("mmlu", good), evaluation("latency", good)))
	request := evaluate.Request{Healthy: true, Objects: objects}
	name := render.EvaluationJobName(objects, objects.Descriptor.Spec.Evaluations[0])
	foreign := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: " + name + ", namespace: " + w.ns + "}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: evaluation, image: 'evil:1'}]}}}\n"
	w.kubectl(foreign, "create", "-f", "-")
	state := w.until(request, "the others are run", func(s evaluate.State) bool { return len(s.Ended) == 1 })
	if state.Phase != evaluate.Waiting || state.Ended[0].Name != "latency" || !says("there is a Job "+name+" that is not Penstock's", "kubectl delete job -n "+w.ns)(state) {
		t.Errorf("%+v", state)
	}
	w.kubectl("", "delete", "job", name, "-n", w.ns)

	// With all labels and annotations, and another command.
	made, err := render.EvaluationJob(objects, objects.Descriptor.Spec.Evaluations[0], render.EvaluationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	containers := made.Object["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)
	containers[0].(map[string]any)["args"] = []any{"--cheat"}
	raw, err := made.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	request.Recorded = []string{state.Ended[0].Job}
	w.kubectl(string(raw), "create", "-f", "-")
	w.until(request, "seen through", says("is not as Git describes it", "kubectl delete job"))
	w.kubectl("", "delete", "job", name, "-n", w.ns)
	if state := w.until(request, "done", isDone); !state.Ended[0].Passed {
		t.Errorf("%+v", state)
	}
}

// broken is a transport that fails some requests.
type broken struct {
	next http.RoundTripper
	fail func(*http.Request) bool
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.fail(r) {
		return nil, errors.New("connection refused")
	}
	return b.next.RoundTrip(r)
}

// An API server that is away is an error, which passes.
func TestAnAPIServerThatIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := evaluate.Request{Healthy: true, Objects: w.applied(w.unit("v1", evaluation("mmlu", good)))}
	cfg := rest.CopyConfig(w.cp.RESTConfig())
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return broken{next, func(r *http.Request) bool { return r.Method == http.MethodPost }}
	})
	runner, err := evaluate.New(evaluate.Config{REST: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	w.eventually("an error", func() bool {
		_, err := runner.Step(t.Context(), request)
		return err != nil && strings.Contains(err.Error(), "making the Job m-mmlu-") && strings.Contains(err.Error(), "connection refused")
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runner.Step(ctx, request); err == nil {
		t.Error("the context is over, and it went on")
	}
	if _, err := evaluate.New(evaluate.Config{}); err == nil || !strings.Contains(err.Error(), "no cluster is configured") {
		t.Error(err)
	}
}
