package e2e

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// measured is echo with an evaluation whose pod leaves a message.
func measured(environment, version, message string) map[string]string {
	return map[string]string{"environments/" + environment + "/echo/model.yaml": echo("echo", fmt.Sprintf("env: [{name: VERSION, value: %s}]", version)) +
		`  evaluations:
  - name: quality
    image: registry.example.com/eval@sha256:014a95f21c9edf6abe0aea6b07353f96baa4ec291c427bb1176dc7c93a85845c
    metrics: [{name: accuracy, min: "0.7"}]
    env: [{name: SIMULATE_MESSAGE, value: '` + message + `'}]
`}
}

func TestAReleaseIsMeasuredOnceItIsHealthyAndGoesOnlyWhereItPassed(t *testing.T) {
	t.Parallel()
	for name, trusts := range map[string]bool{"by records": true, "by the agent's own status": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, key := newWorld(t), newRecordsKey(t)
			staging, first := w.environment("staging", key.signs())
			evidence := ""
			if trusts {
				evidence = key.trusted("staging")
			}
			prod, second := w.environment("prod", "  promotedFrom: staging\n  policies: [{name: evaluation-passed}]\n", key.signs(), evidence)
			one := map[string]string{"environments/prod/echo/model.yaml": echo("echo", "env: [{name: VERSION, value: one}]")}
			w.commit("Serve one", merged(first, second, one, measured("staging", "one", `{"metrics": {"accuracy": 0.82}}`)))
			stop := w.start(w.signing(key))
			found := w.evaluated(staging, metav1.ConditionTrue)
			if e := found.Status.Evaluations; len(e) != 1 || !e[0].Passed || e[0].Metrics["accuracy"] != "0.82" {
				t.Errorf("the status says %+v", e)
			}
			w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
			facts := w.recorded("staging", records.Admitted, records.Applied, records.Healthy, records.Evaluated)
			if e := facts[3].Data.Evaluation; e == nil || !e.Passed || e.Metrics["accuracy"] != 0.82 || facts[3].Data.Release == nil {
				t.Errorf("the evaluation is told as %+v", facts[3].Data)
			}

			stop()
			stop = w.start(w.signing(key)) // which does not measure again
			two := map[string]string{"environments/prod/echo/model.yaml": echo("echo", "env: [{name: VERSION, value: two}]")}
			w.commit("Serve two", merged(two, measured("staging", "two", `{"metrics": {"accuracy": 0.5}}`)))
			w.evaluated(staging, metav1.ConditionFalse)
			w.held(prod, "echo", "not within its limits: quality")
			w.recorded("staging", records.Admitted, records.Applied, records.Healthy, records.Evaluated,
				records.Admitted, records.Applied, records.Healthy, records.Evaluated)
			w.verified("staging", key)
			stop()
		})
	}
}

// evaluated waits until the evaluations of echo have ended.
func (w *world) evaluated(namespace string, passed metav1.ConditionStatus) *v1alpha1.ModelDeployment {
	w.t.Helper()
	return w.when(namespace, "echo", func(found *v1alpha1.ModelDeployment) error {
		c := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionEvaluated)
		if c == nil || c.Status != passed {
			return fmt.Errorf("the condition is %+v", c)
		}
		return nil
	})
}
