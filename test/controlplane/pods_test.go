package controlplane_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestPodPassesThroughItsStates(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	watcher, err := client.CoreV1().Pods(namespace).Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	create(t, client, namespace, podWith("a", func(pod *corev1.Pod) {
		pod.Spec.InitContainers = []corev1.Container{
			{Name: "fetch", Image: "example.com/fetch"},
			{Name: "proxy", Image: "example.com/proxy", RestartPolicy: new(corev1.ContainerRestartPolicyAlways)},
		}
	}))
	want := []string{
		"Pending unscheduled", "Pending scheduled",
		"Pending init [PodInitializing PodInitializing] main PodInitializing",
		"Pending init [running running] main PodInitializing",
		"Pending init [terminated running] main PodInitializing",
		"Running init [terminated running] main running",
		"Running init [terminated running] main running ready",
	}
	for i, event := range collect(t, watcher, len(want)) {
		if event != want[i] {
			t.Errorf("state %d: got %q, want %q", i, event, want[i])
		}
	}
}

// collect sums up the first n states that a pod is seen in.
func collect(t *testing.T, watcher watch.Interface, n int) []string {
	t.Helper()
	var states []string
	for len(states) < n {
		select {
		case event, ok := <-watcher.ResultChan():
			if !ok {
				t.Fatalf("the watch ended after %q", states)
			}
			state := summary(event.Object.(*corev1.Pod))
			if len(states) == 0 || states[len(states)-1] != state {
				states = append(states, state)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("nothing happens after %q", states)
		}
	}
	return states
}

func summary(pod *corev1.Pod) string {
	phase := string(pod.Status.Phase)
	switch {
	case pod.Spec.NodeName == "":
		return phase + " unscheduled"
	case pod.Status.PodIP == "":
		return phase + " scheduled"
	}
	var initial []string
	for _, c := range pod.Status.InitContainerStatuses {
		initial = append(initial, state(c.State))
	}
	s := fmt.Sprintf("%s init %v main %s", phase, initial, state(pod.Status.ContainerStatuses[0].State))
	if isReady(pod) == nil {
		s += " ready"
	}
	return s
}

func state(s corev1.ContainerState) string {
	switch {
	case s.Waiting != nil:
		return s.Waiting.Reason
	case s.Running != nil:
		return "running"
	case s.Terminated != nil:
		return "terminated"
	}
	return "none"
}

func annotated(behaviour controlplane.Behaviour) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Annotations = map[string]string{controlplane.BehaviourAnnotation: string(behaviour)}
	}
}

func inEnvironment(behaviour controlplane.Behaviour) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: "second", Image: "example.com/second",
			Env: []corev1.EnvVar{
				{Name: "OTHER", Value: "slow"},
				{Name: controlplane.BehaviourVariable, Value: string(behaviour)},
			},
		})
	}
}

func TestBehaviour(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client := clientFor(t, cp.RESTConfig())
	ways := map[string]func(controlplane.Behaviour) func(*corev1.Pod){"annotation": annotated, "environment": inEnvironment}
	checks := map[controlplane.Behaviour]func(*corev1.Pod) error{
		controlplane.Slow:       isReady,
		controlplane.Crash:      crashedAgain,
		controlplane.NeverReady: runsUnready,
		controlplane.Unpullable: isWaiting("ImagePullBackOff"),
	}
	for way, ask := range ways {
		for behaviour, check := range checks {
			t.Run(way+" "+string(behaviour), func(t *testing.T) {
				t.Parallel()
				namespace := cp.Namespace(t)
				create(t, client, namespace, podWith("a", ask(behaviour)))
				podUntil(t, client, namespace, "a", check)
				if behaviour != controlplane.NeverReady {
					return
				}
				// A pod that came later is ready, and this one still is not.
				create(t, client, namespace, podWith("b"))
				podUntil(t, client, namespace, "b", isReady)
				podUntil(t, client, namespace, "a", check)
			})
		}
	}
}

// crashedAgain wants the second crash.
func crashedAgain(pod *corev1.Pod) error {
	if err := isWaiting("CrashLoopBackOff")(pod); err != nil {
		return err
	}
	c := pod.Status.ContainerStatuses[0]
	if c.RestartCount < 2 || c.LastTerminationState.Terminated == nil || c.LastTerminationState.Terminated.ExitCode != 1 {
		return fmt.Errorf("has not crashed twice: %+v", c)
	}
	return hasCondition(pod, corev1.PodReady, corev1.ConditionFalse)
}

func runsUnready(pod *corev1.Pod) error {
	if pod.Status.Phase != corev1.PodRunning || pod.Status.ContainerStatuses[0].State.Running == nil {
		return fmt.Errorf("does not run: %+v", pod.Status)
	}
	return hasCondition(pod, corev1.PodReady, corev1.ConditionFalse)
}

// fetches adds an init container.
func fetches(pod *corev1.Pod) {
	pod.Spec.InitContainers = []corev1.Container{{Name: "fetch", Image: "example.com/fetch"}}
}

func TestInitContainersThatFailAreTriedAgain(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	create(t, client, namespace, podWith("a", fetches, annotated(controlplane.InitCrash)))
	pod := podUntil(t, client, namespace, "a", func(pod *corev1.Pod) error {
		for _, c := range pod.Status.InitContainerStatuses {
			if c.RestartCount >= 2 && c.State.Waiting != nil && c.State.Waiting.Reason == "CrashLoopBackOff" &&
				c.LastTerminationState.Terminated != nil && c.LastTerminationState.Terminated.ExitCode == 1 {
				return nil
			}
		}
		return fmt.Errorf("has not failed twice: %+v", pod.Status)
	})
	if err := hasPhase(corev1.PodPending)(pod); err != nil {
		t.Error(err)
	}
	if err := isWaiting("PodInitializing")(pod); err != nil {
		t.Error(err)
	}
	if err := hasCondition(pod, corev1.PodInitialized, corev1.ConditionFalse); err != nil {
		t.Error(err)
	}
}

func TestSlowTakesAsLongAsItIsTold(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	create(t, client, namespace, podWith("a", annotated(controlplane.Slow), func(pod *corev1.Pod) {
		pod.Annotations[controlplane.ReadyAfterAnnotation] = "2500ms"
	}))
	pod := podUntil(t, client, namespace, "a", isReady)
	started := pod.Status.ContainerStatuses[0].State.Running.StartedAt
	for _, c := range pod.Status.Conditions {
		// The API keeps whole seconds, so 2.5 s may read as 2 s.
		if c.Type == corev1.PodReady && c.LastTransitionTime.Sub(started.Time) < 2*time.Second {
			t.Errorf("ready at %s, started at %s", c.LastTransitionTime, started)
		}
	}
}

func TestJobCompletes(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	jobUntil(t, cp, namespace, podWith("done"), func(job *batchv1.Job) bool { return job.Status.Succeeded == 1 && job.Status.CompletionTime != nil })
	pods, err := client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods.Items {
		if err := hasPhase(corev1.PodSucceeded)(&pod); err != nil {
			t.Error(err)
		}
	}
}

func TestJobFails(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	jobUntil(t, cp, cp.Namespace(t), podWith("broken", annotated(controlplane.Crash)), func(job *batchv1.Job) bool { return job.Status.Failed == 1 })
}

func TestJobWhoseInitContainerFailsFails(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	pod := podWith("unfetched", fetches, annotated(controlplane.InitCrash))
	jobUntil(t, cp, cp.Namespace(t), pod, func(job *batchv1.Job) bool { return job.Status.Failed == 1 })
}

// jobUntil runs a pod as a Job that is not retried, and waits for the Job.
func jobUntil(t *testing.T, cp *controlplane.ControlPlane, namespace string, pod *corev1.Pod, check func(*batchv1.Job) bool) {
	t.Helper()
	jobs := clientFor(t, cp.RESTConfig()).BatchV1().Jobs(namespace)
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Spec: batchv1.JobSpec{
		BackoffLimit: new(int32(0)),
		Template:     corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: pod.Annotations}, Spec: pod.Spec},
	}}
	if _, err := jobs.Create(t.Context(), job, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "job "+pod.Name, func(ctx context.Context) error {
		got, err := jobs.Get(ctx, pod.Name, metav1.GetOptions{})
		if err == nil && !check(got) {
			err = fmt.Errorf("not yet: %+v", got.Status)
		}
		return err
	})
}

func TestDeletedPodVanishes(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	pods := client.CoreV1().Pods(namespace)
	for _, behaviour := range []controlplane.Behaviour{"", controlplane.Crash, controlplane.Unpullable} {
		name := "pod-" + string(behaviour) + "x"
		create(t, client, namespace, podWith(name, annotated(behaviour)))
		podUntil(t, client, namespace, name, func(pod *corev1.Pod) error {
			if pod.Status.PodIP == "" {
				return fmt.Errorf("has no address yet")
			}
			return nil
		})
		if err := pods.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "deletion of "+name, func(ctx context.Context) error {
			pod, err := pods.Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("is still there: %v %+v", err, pod.Status)
		})
	}
}
