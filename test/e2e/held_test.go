package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// What is held costs nothing while nothing changes, and two that are held do not wake each other.
func TestIdlePollsOfWhatIsHeldCostNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, first := w.environment("dev")
	prod, second := w.environment("prod", "  promotedFrom: dev\n  policies: [{name: promoted-from}]\n")
	both := func(replicas int) map[string]string {
		model := echo("echo") + fmt.Sprintf("  scaling: {min: %d}\n", replicas)
		return map[string]string{"environments/dev/echo/model.yaml": model, "environments/prod/echo/model.yaml": model}
	}
	w.commit("Serve echo in both", merged(first, second, strict(), both(1)))
	w.start(w.config())
	w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Serve more", both(5))
	w.held(dev, "echo", "two replicas are enough")
	w.held(prod, "echo", "two replicas are enough")
	w.polls(2)

	since := time.Now()
	w.polls(10)
	requests, err := w.cp.Requests(since)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		ours := r.Namespace == dev || r.Namespace == prod || r.Namespace == w.agentNS
		if ours && r.Resource != "leases" && strings.HasPrefix(r.UserAgent, "penstock") {
			t.Errorf("%s %s by %s", r.Verb, r.URI, r.UserAgent)
		}
	}
}

// The metric and the time of the next look are there only while somebody decides.
func TestHeldIsToldOnlyWhileItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev", "  prune: {maxPercent: 100}\n")
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	waiting := policy("not-yet", atMostTwo, "it is too early", fmt.Sprintf("  auditAnnotations:\n  - {key: again, valueExpression: \"'%s'\"}\n", later))
	w.commit("Serve echo", merged(environment, waiting, scaled(1)))
	config := w.config()
	config.Address = freeAddress(t)
	w.start(config)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	const metric = `penstock_unit_held{environment="dev",model="echo",policy="not-yet"} 1`
	file := "environments/dev/environment.yaml"
	for name, s := range map[string]struct {
		change, back gitserver.Change
		reason       string
	}{
		"suspended": {gitserver.Change{Files: map[string]string{file: environment[file] + "  suspend: true\n"}}, gitserver.Change{Files: environment}, v1alpha1.ReasonSuspended},
		"broken": {gitserver.Change{Files: map[string]string{"environments/dev/echo/model.yaml": "kind: [\n"}},
			gitserver.Change{Files: scaled(4)}, v1alpha1.ReasonInvalid},
		"taken back": {gitserver.Change{Files: scaled(1)}, gitserver.Change{Files: scaled(4)}, v1alpha1.ReasonHealthy},
	} {
		w.commit("Serve more", scaled(5))
		if w.held(dev, "echo", "too early").Status.LookedAtAgain == nil {
			t.Errorf("%s: it is not said when it is looked at again", name)
		}
		w.eventually(func() error { return answers("http://"+config.Address+"/metrics", []string{metric}) })
		w.repo.Commit(s.change)
		w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
			if got := reasonOf(found); got != s.reason {
				return fmt.Errorf("it is %s", got)
			}
			if at := found.Status.LookedAtAgain; at != nil {
				return fmt.Errorf("%s: it is looked at again at %s", name, at)
			}
			return nil
		})
		w.eventually(func() error {
			if answers("http://"+config.Address+"/metrics", []string{metric}) == nil {
				return fmt.Errorf("%s: the metric says that it is held", name)
			}
			return nil
		})
		w.repo.Commit(s.back)
		w.held(dev, "echo", "too early")
	}
	w.commit("Serve one", scaled(1))
	found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	if got := message(found, v1alpha1.ConditionAdmitted); got != "it is what was last admitted" {
		t.Errorf("it is told of as %q", got)
	}
}

// What was let in although a rule is against it is told, also when the status could not be written at first.
func TestAWarningIsToldWhenTheStatusCanBeWrittenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	warn := policy("at-most-two", atMostTwo, "two replicas are enough", "  validationActions: [Warn]\n")
	w.commit("Serve echo", merged(environment, warn, scaled(1)))
	config := w.config()
	var broken atomic.Bool
	config.Cluster = rest.CopyConfig(config.Cluster)
	config.Cluster.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if broken.Load() && strings.HasSuffix(r.URL.Path, "/modeldeployments/echo/status") {
				return nil, errors.New("the network is down")
			}
			return next.RoundTrip(r)
		})
	})
	w.start(config)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	broken.Store(true)
	w.commit("Serve four", scaled(4))
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 4 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
	w.polls(2)
	broken.Store(false)
	w.eventually(func() error { return w.event(dev, v1alpha1.ReasonWarned, "two replicas are enough") })
	found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	if got := message(found, v1alpha1.ConditionAdmitted); !strings.Contains(got, "two replicas are enough") {
		t.Errorf("the status says %q", got)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What could not be decided is not applied, is told, and is no longer told when it is over.
func TestWhatCannotBeDecidedIsHeldUntilItCan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, scaled(1)))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Ask what nobody can answer", policy("odd", "[1, 2][int(environment.name == 'dev' ? '7' : '0')] == 1", "it is odd"))
	w.commit("Serve two", scaled(2))
	w.held(dev, "echo", "odd", "what cannot be evaluated holds")
	w.stays(dev, "echo", 1)
	w.remove("policies/odd.yaml")
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
}

// reasonOf is the reason of Ready.
func reasonOf(found *v1alpha1.ModelDeployment) string {
	for _, c := range found.Status.Conditions {
		if c.Type == v1alpha1.ConditionReady {
			return c.Reason
		}
	}
	return ""
}
