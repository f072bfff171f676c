package gate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/library"
)

const evaluated = `  evaluations:
  - name: quality
    image: evil.example.com/eval@sha256:014a95f21c9edf6abe0aea6b07353f96baa4ec291c427bb1176dc7c93a85845c
    metrics: [{name: accuracy}]
`

// What an evaluation runs comes into the cluster too, and is for policy to see.
func TestTheJobsOfEvaluationsAreJudged(t *testing.T) {
	s := newScene(t, "policies: [{name: allowed-registries}]")
	s.write(unitFile, model(2, vllm, 2)+evaluated)
	if outcome := s.decide(); outcome.Verdict != policies.Hold || !strings.Contains(outcome.Explain(), "evil.example.com") {
		t.Errorf("%s: %s", outcome.Verdict, outcome.Explain())
	}
}

// A unit with an evaluation is not held by built-in policies that are about servers.
func TestAnEvaluationBreaksNoBuiltInPolicy(t *testing.T) {
	for _, suite := range library.Suites() {
		name := suite.Policy
		spec := "policies: [{name: " + name + "}]"
		var verdicts []string
		for _, evaluation := range []string{"", strings.Replace(evaluated, "evil.example.com", "docker.io/vllm", 1)} {
			s := newScene(t, spec)
			s.write(unitFile, model(2, vllm, 2)+evaluation)
			verdicts = append(verdicts, string(s.decide().Verdict))
		}
		if verdicts[0] != verdicts[1] {
			t.Errorf("%s says %s, and %s with an evaluation", name, verdicts[0], verdicts[1])
		}
	}
}

// of is the status of an environment in which a release was measured.
func of(s *gate.Subject, finished time.Time, passed bool, accuracy string) map[string]v1alpha1.ModelDeploymentStatus {
	spec := s.Wanted.Descriptor.Spec
	return map[string]v1alpha1.ModelDeploymentStatus{"staging": {Evaluations: []v1alpha1.EvaluationStatus{{
		Name: "quality", Job: "job", Digest: environments.ReleaseDigest(spec.Release), Revision: spec.Release.Model.Revision,
		Passed: passed, Metrics: map[string]string{"accuracy": accuracy}, Finished: metav1.NewTime(finished),
	}}}}
}

func TestWhatAnAgentMeasuredIsEvidence(t *testing.T) {
	revision := func(s *gate.Subject) string { return s.Wanted.Descriptor.Spec.Release.Model.Revision }
	for name, c := range map[string]struct {
		change func(*gate.Subject)
		file   string // age of an unsigned file that says 0.99; none if empty
		want   []float64
	}{
		"by a Job": {func(*gate.Subject) {}, "", []float64{0.82}},
		"of another release": {func(s *gate.Subject) {
			s.Elsewhere = elsewhere(s, func(e *v1alpha1.EvaluationStatus) { e.Digest = "other" })
		}, "", nil},
		"of another revision": {func(s *gate.Subject) {
			s.Elsewhere = elsewhere(s, func(e *v1alpha1.EvaluationStatus) { e.Revision = "other" })
		}, "", nil},
		"not hidden by a newer unsigned file": {func(*gate.Subject) {}, "1h", []float64{0.82}},
		"beside an older unsigned file":       {func(*gate.Subject) {}, "72h", []float64{0.82}},
		"where records are asked for, not told": {func(s *gate.Subject) {
			s.Witnesses = func() map[string]gate.Witness { return map[string]gate.Witness{"staging": {}} }
		}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.write(unitFile, model(2, vllm, 2))
			s.change = func(g *gate.Subject) {
				g.Elsewhere = elsewhere(g, func(*v1alpha1.EvaluationStatus) {})
				c.change(g)
			}
			if c.file != "" {
				age, err := time.ParseDuration(c.file)
				if err != nil {
					t.Fatal(err)
				}
				probe := s.subject()
				s.both("environments/staging/llama/evaluations/quality.json", fmt.Sprintf(`{"model": %q, "revision": %q, "metrics": {"accuracy": 0.99}, "finished": %q}`,
					probe.Wanted.Descriptor.Spec.Release.Model.Source, revision(probe), probe.Now.Add(-age).Format(time.RFC3339)))
			}
			var got []float64
			for _, e := range s.explain().Input.Evaluations {
				got = append(got, e.Metrics["accuracy"])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("what counts is %v, want %v", got, c.want)
			}
		})
	}
}

func elsewhere(s *gate.Subject, change func(*v1alpha1.EvaluationStatus)) func() map[string]v1alpha1.ModelDeploymentStatus {
	all := of(s, s.Now.Add(-24*time.Hour), true, "0.82")
	change(&all["staging"].Evaluations[0])
	return func() map[string]v1alpha1.ModelDeploymentStatus { return all }
}
