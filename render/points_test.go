package render

import (
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// The twelve points of how a model server runs well on Kubernetes. Each test says which failure it
// prevents; most of them were somebody's outage. Here they
// are shown with vLLM; engines_test.go holds every engine to them.

// TestPoint01ProbesAskTheServer: a probe of another port or path either never succeeds or says yes before
// the weights are there, and traffic meets a server that cannot serve.
func TestPoint01ProbesAskTheServer(t *testing.T) {
	c := server(t, rendered(t, descriptor("", "", onGPU)))
	equal(t, "port", c.Ports[0].ContainerPort, 8000)
	for what, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe, "liveness": c.LivenessProbe} {
		equal(t, what+" path", probe.HTTPGet.Path, "/health")
		equal(t, what+" port", probe.HTTPGet.Port.String(), c.Ports[0].Name)
		equal(t, what+" delay", probe.InitialDelaySeconds, 0)
	}
	if !slices.Contains(c.Args, "--port=8000") {
		t.Errorf("the server is not told the port: %v", c.Args)
	}
}

// TestPoint02StartupBudgetFollowsTheWeights: a budget that is too short kills large models for ever, and
// vLLM's own timeout of 600 s does the same if it is not raised too.
func TestPoint02StartupBudgetFollowsTheWeights(t *testing.T) {
	for _, c := range []struct {
		model, server string
		seconds       int32
	}{
		{"", "", 600},
		{", size: 15Gi", "", 600},
		{", size: 140G", "", 1230}, // 1.5 × 140e9 / 200e6 + 180
		{", size: 1044Gi", "", 8588},
		{", size: 1Pi", "", 86_400},
		{", size: 140G", ", startupSeconds: 45", 50},
		{"", ", startupSeconds: 7200", 7200},
	} {
		s := server(t, rendered(t, descriptor(c.model, c.server)))
		equal(t, c.model+" budget", s.StartupProbe.FailureThreshold*s.StartupProbe.PeriodSeconds, (c.seconds+9)/10*10)
		equal(t, c.model+" period", s.StartupProbe.PeriodSeconds, startupPeriodSeconds)
		want := fmt.Sprint(c.seconds)
		if c.seconds == 50 {
			want = "45"
		}
		equal(t, c.model+" engine timeout", env(s, "VLLM_ENGINE_READY_TIMEOUT_S").Value, want)
	}
}

// TestPoint03ProgressDeadlineCoversStartup: a deadline below the startup budget reports a healthy slow
// rollout as failed.
func TestPoint03ProgressDeadlineCoversStartup(t *testing.T) {
	for _, size := range []string{"", ", size: 140G", ", size: 1Pi"} {
		o := rendered(t, descriptor(size, ""))
		d := item[appsv1.Deployment](t, o, "Deployment")
		probe := d.Spec.Template.Spec.Containers[0].StartupProbe
		startup := probe.FailureThreshold * probe.PeriodSeconds
		drain := int32(*d.Spec.Template.Spec.TerminationGracePeriodSeconds)
		if least := startup + imagePullSeconds + drain; *d.Spec.ProgressDeadlineSeconds < least {
			t.Errorf("deadline %d is below %d", *d.Spec.ProgressDeadlineSeconds, least)
		}
	}
}

// TestPoint04LivenessIsPatient: a restart loads all weights again, so a hiccup must not cause one; a
// replica that cannot serve must lose its traffic quickly all the same.
func TestPoint04LivenessIsPatient(t *testing.T) {
	c := server(t, rendered(t, descriptor("", "")))
	if patience := c.LivenessProbe.PeriodSeconds * c.LivenessProbe.FailureThreshold; patience < 50 {
		t.Errorf("liveness gives up after %d s", patience)
	}
	if c.ReadinessProbe.PeriodSeconds > 5 {
		t.Errorf("readiness asks every %d s only", c.ReadinessProbe.PeriodSeconds)
	}
}

// TestPoint05RolloutNeedsNoSpareGPU: Kubernetes' default starts the new replica first, and on a full pool
// it waits for ever for the GPU that the old one holds.
func TestPoint05RolloutNeedsNoSpareGPU(t *testing.T) {
	for field, want := range map[string][2]string{
		"":                    {"0", "1"},
		"rollout: {}":         {"0", "1"},
		"rollout: {surge: 0}": {"0", "1"},
		"rollout: {surge: 2}": {"2", "0"},
	} {
		d := item[appsv1.Deployment](t, rendered(t, descriptor("", "", onGPU, field)), "Deployment")
		equal(t, "type", d.Spec.Strategy.Type, appsv1.RollingUpdateDeploymentStrategyType)
		equal(t, field+" surge", d.Spec.Strategy.RollingUpdate.MaxSurge.String(), want[0])
		equal(t, field+" unavailable", d.Spec.Strategy.RollingUpdate.MaxUnavailable.String(), want[1])
	}
}

// TestPoint06RequestsAreFinished: without a pause before the stop, and time after it, a rollout cuts off
// answers that are being generated.
func TestPoint06RequestsAreFinished(t *testing.T) {
	for told, want := range map[string][2]int64{
		"": {75, 85}, ", maxRequestSeconds: 60": {75, 85}, ", maxRequestSeconds: 300": {315, 325}, ", maxRequestSeconds: 1": {16, 26},
	} {
		p := pod(t, rendered(t, descriptor("", told)))
		equal(t, told+" pause", p.Containers[0].Lifecycle.PreStop.Sleep.Seconds, want[0])
		equal(t, told+" grace", *p.TerminationGracePeriodSeconds, want[1])
	}
}
