package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

const (
	unitFile = "environments/prod/llama/model.yaml"
	vllm     = "vllm/vllm-openai:v0.11.0"
)

func TestKindsOfChanges(t *testing.T) {
	for want, change := range map[string]func(*scene){
		policies.ChangeNone:      func(s *scene) { s.write(unitFile, "# a word\n"+model(1, vllm, 2)) },
		policies.ChangeRelease:   func(s *scene) { s.write(unitFile, model(2, vllm, 2)) },
		policies.ChangePlacement: func(s *scene) { s.write(unitFile, model(1, vllm, 3)) },
		policies.ChangeBoth:      func(s *scene) { s.write(unitFile, model(2, vllm, 3)) },
		policies.ChangeNew:       func(s *scene) { delete(s.before, unitFile) },
		policies.ChangeRemoval:   func(s *scene) { delete(s.after, unitFile) },
		policies.ChangeRollback:  func(s *scene) { s.write(unitFile, model(2, vllm, 2)).change = returning },
		"both, and a return":     func(s *scene) { s.write(unitFile, model(2, vllm, 3)).change = returning },
	} {
		s := newScene(t)
		change(s)
		want, _, _ := strings.Cut(want, ",")
		outcome := s.explain()
		if got := outcome.Input.Change.Kind; got != want {
			t.Errorf("%s is taken for %s", want, got)
		}
		if content := outcome.Input.Unit.Content; !strings.HasPrefix(content, "sha256:") {
			t.Errorf("%s: the content is %q", want, content)
		}
		if outcome.Reason() != "Admitted" || (outcome.Objects == "") != (want == policies.ChangeRemoval) {
			t.Errorf("%s: %s, objects %q", want, outcome.Reason(), outcome.Objects)
		}
	}
}

// returning makes the wanted release one that ran before.
func returning(s *gateSubject) {
	s.Former = []string{environments.ReleaseDigest(s.Wanted.Descriptor.Spec.Release)}
}

// A return to an earlier release passes freezes and evaluations, and must not take anything else along.
func TestWhatComesWithARollbackIsNoRollback(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		want   string
	}{
		"nothing":         {func(*scene) {}, policies.ChangeRollback},
		"a thousand pods": {func(s *scene) { s.write(unitFile, model(2, vllm, 1000)) }, policies.ChangeBoth},
		"another workload": {func(s *scene) {
			s.write("environments/prod/llama/kustomization.yaml", "resources: [model.yaml, miner.yaml]\n")
		}, policies.ChangeBoth},
	} {
		s := newScene(t).write(unitFile, model(2, vllm, 2)).write("environments/prod/llama/miner.yaml", `apiVersion: apps/v1
kind: Deployment
metadata: {name: miner}
spec:
  selector: {matchLabels: {app: miner}}
  template:
    metadata: {labels: {app: miner}}
    spec: {containers: [{name: miner, image: example.com/miner}]}
`)
		c.change(s)
		s.change = returning
		if got := s.subject().KindOf(); got != c.want {
			t.Errorf("with %s it is %s, want %s", name, got, c.want)
		}
	}
}

// What is not referred to is not gathered, since it costs time.
func TestOnlyWhatPoliciesReferToIsGathered(t *testing.T) {
	asked := map[string]bool{}
	s := newScene(t).both("policies/mine.yaml", policyFile("mine", "gpu.environment.gpus < 100 && change.lines < 1000"))
	s.change = func(subject *gateSubject) {
		subject.Loads = func() []gate.Load { asked["loads"] = true; return nil }
		subject.Lines = func() (int64, error) { asked["lines"] = true; return 1, nil }
		subject.Units = func() int64 { asked["units"] = true; return 1 }
		subject.Capacity = func() *policies.Capacity { asked["capacity"] = true; return nil }
		subject.Elsewhere = func() map[string]v1alpha1.ModelDeploymentStatus { asked["elsewhere"] = true; return nil }
	}
	s.decide()
	if diff := cmp.Diff(map[string]bool{"loads": true, "lines": true}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	s.explain()
	if len(asked) != 5 {
		t.Errorf("for an explanation it asked only for %v", asked)
	}
}

func TestApprovals(t *testing.T) {
	ada, grace, mallory := key(t, 1), key(t, 2), key(t, 3)
	changed := model(2, vllm, 2)
	content := newScene(t).write(unitFile, changed).subject().Wanted.Content
	week := now.Add(7 * 24 * time.Hour)
	for name, c := range map[string]struct {
		file  string
		holds bool
		want  string
	}{
		"by somebody else":               {approve(t, grace, "prod/llama", content, week), false, ""},
		"by the author":                  {approve(t, ada, "prod/llama", content, week), true, "those who made the change do not count: ada@example.com"},
		"by a stranger":                  {approve(t, mallory, "prod/llama", content, week), true, "the approval environments/prod/llama/approvals/x.yaml does not count: "},
		"of what it was before":          {approve(t, grace, "prod/llama", newScene(t).subject().Wanted.Content, week), true, "ask for approval again"},
		"for another environment":        {approve(t, grace, "dev/llama", content, week), true, "approvals/x.yaml does not count: "},
		"that expired":                   {approve(t, grace, "prod/llama", content, now), true, "approvals/x.yaml does not count: "},
		"whose end was moved afterwards": {strings.Replace(approve(t, grace, "prod/llama", content, week), "2026-11-30", "2026-12-30", 1), true, "approvals/x.yaml does not count: "},
		"that is no approval":            {"nonsense: true\n", true, "environments/prod/llama/approvals/x.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "policies: [{name: approvals}]").
				both("trust/allowed_signers", allowed("ada@example.com", ada)+allowed("grace@example.com", grace)).
				write(unitFile, changed).write("environments/prod/llama/approvals/x.yaml", c.file)
			s.commits = append(s.commits, commit(t, "ada@example.com", "Take the next revision\n", ada))
			outcome := s.decide()
			if holds := outcome.Reason() == "Held"; holds != c.holds || !strings.Contains(outcome.Explain(), c.want) {
				t.Errorf("%s\ngot  %s\nwant %s", outcome.Reason(), outcome.Explain(), c.want)
			}
		})
	}
}

// A key whose name is a pattern may be anybody's who matches, the approver's too: with another key of theirs they approve
// what they made.
func TestWhoMaySignAsTheApproverIsTakenForThem(t *testing.T) {
	ada, wide := key(t, 1), key(t, 2)
	s := newScene(t, "policies: [{name: approvals}]").write(unitFile, model(2, vllm, 2)).
		both("trust/allowed_signers", allowed("ada@example.com", ada)+allowed("a*@example.com", wide))
	s.write("environments/prod/llama/approvals/x.yaml", approve(t, ada, "prod/llama", s.subject().Wanted.Content, now.Add(time.Hour)))
	s.commits = append(s.commits, commit(t, "somebody@example.com", "Take the next revision\n", wide))
	if got := s.decide().Explain(); !strings.Contains(got, "those who made the change do not count: ada@example.com") {
		t.Error(got)
	}
}

func TestGPUsAndCost(t *testing.T) {
	number := func(f float64) *float64 { return &f }
	s := newScene(t, `gpuPrices: {NVIDIA-H100-80GB-HBM3: "2.5"}`).write(unitFile, model(1, vllm, 4))
	s.change = func(subject *gateSubject) {
		subject.Loads = func() []gate.Load {
			return []gate.Load{{Unit: "prod/llama", Team: "search", GPUs: 4, Cost: number(10)}, {Unit: "prod/other", GPUs: 2, Cost: number(3)}}
		}
	}
	gpu := s.explain().Input.GPU
	if gpu.Total != 4 || *gpu.CostPerHour != 10 || gpu.Previous.GPUs != 2 || *gpu.Previous.CostPerHour != 5 || gpu.Environment.GPUs != 6 || *gpu.Environment.CostPerHour != 13 {
		t.Errorf("%+v", gpu)
	}
	unpriced := newScene(t).explain().Input.GPU
	if unpriced.CostPerHour != nil || unpriced.Total != 2 {
		t.Errorf("without a price: %+v", unpriced)
	}
	s.change = func(subject *gateSubject) {
		subject.Loads = func() []gate.Load { return []gate.Load{{GPUs: 4, Cost: number(10)}, {GPUs: 2}, {GPUs: 0}} }
	}
	if sum := s.explain().Input.GPU.Environment; sum.CostPerHour != nil || sum.GPUs != 6 {
		t.Errorf("with one that has no price: %+v", sum)
	}
}

func TestPriceOfASlice(t *testing.T) {
	s := newScene(t, `gpuPrices: {NVIDIA-H100-80GB-HBM3: "2.5", NVIDIA-H100-80GB-HBM3-MIG-1g.10gb: "0.4"}`).
		write(unitFile, strings.Replace(model(1, vllm, 2), "count: 1", "mig: 1g.10gb", 1))
	if gpu := s.explain().Input.GPU; gpu.CostPerHour == nil || *gpu.CostPerHour != 0.8 {
		t.Errorf("%+v", gpu)
	}
}

func TestEvidence(t *testing.T) {
	at := func(hours int) *metav1.Time {
		t := metav1.NewTime(now.Add(time.Duration(hours) * time.Hour))
		return &t
	}
	status := func(healthy metav1.ConditionStatus, releases ...v1alpha1.ReleaseStatus) v1alpha1.ModelDeploymentStatus {
		return v1alpha1.ModelDeploymentStatus{Releases: releases, Conditions: []metav1.Condition{{Type: v1alpha1.ConditionHealthy, Status: healthy}}}
	}
	unwatched := func(reason string, releases ...v1alpha1.ReleaseStatus) v1alpha1.ModelDeploymentStatus {
		s := status(metav1.ConditionTrue, releases...)
		s.Conditions = append(s.Conditions, metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason})
		return s
	}
	running := v1alpha1.ReleaseStatus{Digest: "a", HealthySince: at(-5)}
	replaced := v1alpha1.ReleaseStatus{Digest: "b", HealthySince: at(-30), Until: at(-5), LastFailure: at(-40)}
	failed := v1alpha1.ReleaseStatus{Digest: "c", Until: at(-50), LastFailure: at(-60)}
	for name, c := range map[string]struct {
		status  v1alpha1.ModelDeploymentStatus
		digest  string
		known   bool
		healthy bool
		hours   float64
	}{
		"it runs and is healthy":           {status(metav1.ConditionTrue, running, replaced, failed), "a", true, true, 5},
		"it runs and is on its way":        {status(metav1.ConditionUnknown, running), "a", true, false, 0},
		"it was healthy until replaced":    {status(metav1.ConditionFalse, running, replaced), "b", true, true, 25},
		"it failed, and was replaced":      {status(metav1.ConditionTrue, running, replaced, failed), "c", true, false, 0},
		"it never ran":                     {status(metav1.ConditionTrue, running), "d", false, false, 0},
		"it returned, which counts anew":   {status(metav1.ConditionTrue, v1alpha1.ReleaseStatus{Digest: "b", HealthySince: at(-1)}, running, replaced), "b", true, true, 1},
		"nobody looks: it is suspended":    {unwatched(v1alpha1.ReasonSuspended, running), "a", true, false, 0},
		"nobody looks: it is broken":       {unwatched(v1alpha1.ReasonInvalid, running), "a", true, false, 0},
		"nobody looks: it left Git":        {unwatched(v1alpha1.ReasonPruneHeld, running), "a", true, false, 0},
		"something newer is held":          {unwatched(v1alpha1.ReasonHeld, running), "a", true, true, 5},
		"it ran until it was suspended":    {unwatched(v1alpha1.ReasonSuspended, running, replaced), "b", true, true, 25},
		"nothing is known of the cluster.": {v1alpha1.ModelDeploymentStatus{}, "a", false, false, 0},
	} {
		got, known := gate.EvidenceOf(c.status, c.digest, now)
		hours := 0.0
		if got.HealthyFor != nil {
			hours = got.HealthyFor.Hours()
		}
		if known != c.known || got.Healthy != c.healthy || hours != c.hours {
			t.Errorf("%s: %+v for %v hours, known: %v", name, got, hours, known)
		}
	}
}

// Of several results the newest counts, wherever it lies, and what runs now is the baseline.
func TestEvaluations(t *testing.T) {
	result := func(revision int, value, finished string) string {
		return `{"model": "hf://meta-llama/Llama-3.1-8B-Instruct", "revision": "abc000000000000000000000000000000000000` + string(rune('0'+revision)) +
			`", "metrics": {"mmlu": ` + value + `}, "finished": "` + finished + `"}`
	}
	s := newScene(t).both("environments/prod/llama/evaluations/quality.json", result(1, "0.7", "2026-11-01T00:00:00Z")).
		write(unitFile, model(2, vllm, 2)).
		write("environments/prod/llama/evaluations/quality.json", result(2, "0.8", "2026-11-20T00:00:00Z")).
		write("environments/staging/llama/evaluations/quality.json", result(2, "0.9", "2026-11-21T00:00:00Z")).
		write("environments/base/llama/evaluations/quality.json", result(3, "0.1", "2026-11-22T00:00:00Z"))
	quality := s.explain().Input.Evaluations["quality"]
	if quality.Metrics["mmlu"] != 0.9 || quality.Baseline["mmlu"] != 0.7 || quality.Age.Hours() != 60 || len(quality.Signers) > 0 {
		t.Errorf("%+v", quality)
	}
}

// The values of Secrets are nobody's business, not even a policy's.
func TestPoliciesSeeNoSecrets(t *testing.T) {
	s := newScene(t)
	for _, tree := range []func(name, text string) *scene{s.both} {
		tree("environments/prod/llama/kustomization.yaml", "resources: [secret.yaml]\n")
		tree("environments/prod/llama/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: hunter2}\n---\n"+model(1, vllm, 2))
	}
	delete(s.before, unitFile)
	delete(s.after, unitFile)
	secrets := 0
	for _, object := range s.explain().Input.Objects {
		if object["kind"] == "Secret" {
			secrets++
			if text := cmp.Diff(nil, object); strings.Contains(text, "hunter2") || !strings.Contains(text, "token") {
				t.Error(text)
			}
		}
	}
	if secrets != 1 {
		t.Errorf("they see %d Secrets", secrets)
	}
}
