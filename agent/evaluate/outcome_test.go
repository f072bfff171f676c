package evaluate

import (
	"math"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

const (
	source   = "hf://org/model"
	revision = "0e9e39f249a16976918f6564b8830bc894c89659"
)

var started = time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)

// job is a measurement whose Job has ended, as the API server would tell it.
func job(edits ...func(*measured)) measured {
	md := &v1alpha1.ModelDeployment{}
	md.Name = "m"
	md.Spec = &v1alpha1.ModelDeploymentSpec{Release: v1alpha1.Release{Model: v1alpha1.Model{Source: source, Revision: revision}}}
	env := &environments.Environment{Name: "prod"}
	env.Spec.Namespace = "ml-prod"
	m := measured{
		objects: &render.Objects{Unit: &environments.Unit{Environment: env, Name: "m"}, Descriptor: md},
		evaluation: v1alpha1.Evaluation{
			Name: "mmlu", Image: "eval@sha256:" + strings.Repeat("a", 64),
			Metrics: []v1alpha1.MetricLimits{{Name: "mmlu/acc", Min: new(resource.MustParse("0.7"))}},
		},
		job: &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ml-prod", Name: "m-mmlu-1"},
			Status: batchv1.JobStatus{
				StartTime: &metav1.Time{Time: started}, CompletionTime: &metav1.Time{Time: started.Add(time.Hour)},
				Conditions: []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}},
			},
		},
		pods: []*corev1.Pod{{Status: corev1.PodStatus{Phase: corev1.PodSucceeded}}},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return m
}

// leaving has the evaluation's container leave a message.
func leaving(message string) func(*measured) {
	return func(m *measured) {
		m.pods[0].Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: m.container(), ImageID: "registry.example.com/eval@sha256:" + strings.Repeat("b", 64),
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: message}},
		}}
	}
}

// inAFile lets the result be one.
func inAFile(m *measured) { m.evaluation.Result = v1alpha1.ResultFile }

// failing ends the Job with a reason.
func failing(reason, message string) func(*measured) {
	return func(m *measured) {
		m.pods[0].Status.Phase = corev1.PodFailed
		m.job.Status.CompletionTime = nil
		m.job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: reason, Message: message, LastTransitionTime: metav1.Time{Time: started}}}
	}
}

// exiting has a container end badly.
func exiting(code int32, reason string) func(*measured) {
	return func(m *measured) {
		m.pods[0].Status.InitContainerStatuses = []corev1.ContainerStatus{{
			Name: render.EvaluationContainer, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: "token hunter2"}},
		}}
	}
}

// Whatever a Job leaves, the outcome is a number within its limits, or words that say what to do.
func TestOutcomes(t *testing.T) {
	for name, test := range map[string]struct {
		m    measured
		last string
		want string // of the problems; none when it passed
	}{
		"good":                    {job(leaving(`{"metrics": {"mmlu/acc": 0.71}}`)), "", ""},
		"good, from a file":       {job(inAFile, leaving(`{"metrics": {"mmlu/acc": 0.71}}`)), "", ""},
		"at the limit":            {job(leaving(`{"metrics": {"mmlu/acc": 0.7, "else": 1}, "revision": "` + revision + `"}`)), "", ""},
		"below it":                {job(leaving(`{"metrics": {"mmlu/acc": 0.69}}`)), "", "mmlu/acc: it is 0.69; expected 0.7 at least"},
		"nothing":                 {job(leaving("")), "", `the evaluation ended well and left no result; have it write JSON to the file that PENSTOCK_RESULT names, such as {"metrics": {"mmlu/acc": 0.71}}`},
		"no container at all":     {job(), "", "left no result"},
		"not JSON":                {job(leaving("acc: 0.71")), "", "the result:1: the file is not JSON"},
		"NaN":                     {job(leaving(`{"metrics": {"mmlu/acc": NaN}}`)), "", "NaN and Infinity are not JSON"},
		"infinite":                {job(leaving(`{"metrics": {"mmlu/acc": 1e400}}`)), "", "expected a finite number"},
		"another metric":          {job(leaving(`{"metrics": {"mmlu": 0.71}}`)), "", "mmlu/acc: it was not measured; have the evaluation measure it, or take it out of the descriptor"},
		"another revision":        {job(leaving(`{"metrics": {"mmlu/acc": 0.71}, "revision": "` + strings.Repeat("f", 40) + `"}`)), "", "the result is of revision fff"},
		"another model":           {job(leaving(`{"metrics": {"mmlu/acc": 0.71}, "model": "hf://org/other"}`)), "", `the result is of the model "hf://org/other"`},
		"an old one":              {job(leaving(`{"metrics": {"mmlu/acc": 0.71}, "finished": "2026-10-01T00:00:00Z"}`)), "", "it was there before"},
		"cut off":                 {job(leaving(`{"metrics": {"mmlu/acc": 0.71, "` + strings.Repeat("x", maxMessage-32))), "", "a termination message is cut off after 4096 bytes; let spec.evaluations[].result be File"},
		"what it says itself":     {job(leaving(`{"problems": ["the data cannot be fetched"]}`)), "", "the result: the data cannot be fetched"},
		"failed":                  {job(exiting(3, "Error"), failing("BackoffLimitExceeded", "")), "", "it failed, and so did 2 retries: the container evaluation ended with exit code 3; kubectl logs -n ml-prod job/m-mmlu-1 -c evaluation shows what it wrote"},
		"out of memory":           {job(exiting(137, "OOMKilled"), failing("BackoffLimitExceeded", "")), "", "the container evaluation needed more memory than it may have; raise resources.memory"},
		"evicted":                 {job(failing("BackoffLimitExceeded", ""), func(m *measured) { m.pods[0].Status.Reason = "Evicted" }), "", "its pod failed: Evicted"},
		"failed without a pod":    {job(failing("BackoffLimitExceeded", ""), func(m *measured) { m.pods = nil }), "", "retries: kubectl logs -n ml-prod job/m-mmlu-1"},
		"out of time":             {job(failing("DeadlineExceeded", ""), func(m *measured) { m.pods = nil }), "", "it did not end within 1h0m0s; give it more time by timeout, or less to do"},
		"out of time while stuck": {job(failing("DeadlineExceeded", "")), "the image cannot be pulled", "it did not end within 1h0m0s: the image cannot be pulled"},
		"out of time by retries":  {job(exiting(3, "Error"), failing("DeadlineExceeded", "")), "", "it did not end within 1h0m0s: the container evaluation ended with exit code 3"},
		"in another way":          {job(failing("PodFailurePolicy", strings.Repeat("x", 9999))), "", "its Job failed: PodFailurePolicy xxx"},
	} {
		got, found := test.m.outcome(test.last)
		text := strings.Join(got.Problems, "\n")
		if !found || got.Passed != (test.want == "") || !strings.Contains(text, test.want) || (test.want == "") != (text == "") {
			t.Errorf("%s: %+v, %v", name, got, found)
		}
		if strings.Contains(text, "hunter2") || len(text) > 3*maxText {
			t.Errorf("%s: %q", name, text)
		}
		for name, value := range got.Metrics {
			if math.IsNaN(value) || name != "mmlu/acc" {
				t.Errorf("%s is %v", name, value)
			}
		}
		if got.Name != "mmlu" || got.Revision != revision || got.Finished.IsZero() || got.Job == "" {
			t.Errorf("%s: it does not say what it is of: %+v", name, got)
		}
	}
	if got, found := job(func(m *measured) { m.pods[0].Status.Phase = corev1.PodRunning }).outcome(""); found {
		t.Errorf("no pod has succeeded: %+v", got)
	}
}

// What measured is known by its digest, also where the descriptor names a tag.
func TestTheImageOfAnOutcome(t *testing.T) {
	tag := func(m *measured) { m.evaluation.Image = "registry.example.com/eval:1" }
	m := job(tag, leaving("{}"))
	if got := m.image(); got != "registry.example.com/eval:1@sha256:"+strings.Repeat("b", 64) {
		t.Error(got)
	}
	m = job(leaving("{}"))
	if got := m.image(); got != m.evaluation.Image {
		t.Error(got)
	}
	m = job(tag)
	if got := m.image(); got != "registry.example.com/eval:1" {
		t.Error(got)
	}
}

// What keeps a Job is told in words that stay the same while it does.
func TestUnderWay(t *testing.T) {
	pod := func(status corev1.PodStatus) func(*measured) {
		return func(m *measured) {
			m.job.Status = batchv1.JobStatus{}
			m.pods = []*corev1.Pod{{Status: status}}
		}
	}
	waiting := func(reason, message string) corev1.PodStatus {
		return corev1.PodStatus{Phase: corev1.PodPending, InitContainerStatuses: []corev1.ContainerStatus{{
			Name: "evaluation", Image: "eval:1", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
		}}}
	}
	none := func(m *measured) { m.job.Status, m.pods = batchv1.JobStatus{}, nil }
	for name, test := range map[string]struct {
		m    measured
		want string
		how  progress
	}{
		"running":     {job(pod(corev1.PodStatus{Phase: corev1.PodRunning})), "it runs as Job m-mmlu-1", free},
		"pulling":     {job(pod(waiting("ContainerCreating", ""))), "it runs as Job m-mmlu-1", free},
		"unpullable":  {job(pod(waiting("ImagePullBackOff", "back-off"))), "the image eval:1 cannot be pulled (ImagePullBackOff)", kept},
		"no image":    {job(pod(waiting("InvalidImageName", ""))), "the image eval:1 cannot be pulled (InvalidImageName)", kept},
		"no secret":   {job(pod(waiting("CreateContainerConfigError", `secret "hf" not found`))), `secret "hf" not found; correct its env, or make the Secret that it names`, kept},
		"unscheduled": {job(pod(corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/3 nodes are available"}}})), "no node takes its pod: 0/3 nodes are available; ask for less", kept},
		"no pod":      {job(none), "its Job m-mmlu-1 has no pod yet; if that stays so, kubectl describe job -n ml-prod m-mmlu-1", unknown},
		"tried again": {job(none, func(m *measured) { m.job.Status.Failed = 1 }), "it failed and is tried again: kubectl logs", unknown},
		"at its end": {job(none, func(m *measured) {
			m.job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue}}
		}), "is coming to its end", unknown},
	} {
		got, how := test.m.underWay()
		if !strings.Contains(got, test.want) || how != test.how {
			t.Errorf("%s: %q, %v", name, got, how)
		}
	}
}
