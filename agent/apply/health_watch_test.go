package apply_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// eye watches the health of one test's units.
type eye struct {
	testing.TB
	watch   *apply.HealthWatch
	changes chan apply.Ref
}

func (b *bench) eye(cfg *rest.Config) *eye {
	b.Helper()
	e := &eye{TB: b.TB, changes: make(chan apply.Ref, 1)}
	watch, err := apply.NewHealthWatch(apply.HealthConfig{
		REST: cfg, Version: version(b.TB), Mapper: b.applier.Mapper(),
		OnChange: func(ref apply.Ref) {
			select { // one pending change is as good as many
			case e.changes <- ref:
			default:
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(watch.Close)
	e.watch = watch
	return e
}

// until waits until a unit has a status and its message all the words.
func (e *eye) until(ref apply.Ref, members []apply.Member, want apply.HealthStatus, words ...string) apply.Health {
	e.Helper()
	timeout := time.After(90 * time.Second)
	for {
		h := e.watch.Assess(ref, members)
		if h.Status == want && hasAll(h.Reason+" "+h.Message, words) {
			return h
		}
		select {
		case <-e.changes:
		case <-timeout:
			e.Fatalf("it never became %s with %q; it is %+v", want, words, h)
		}
	}
}

func hasAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// behaving makes the pods of the fixture behave.
func behaving(behaviour controlplane.Behaviour) edit {
	return set("Deployment", map[string]any{controlplane.BehaviourAnnotation: string(behaviour)}, "spec", "template", "metadata", "annotations")
}

// wanting asks for resources that the fleet may not have.
func wanting(resources map[string]any) edit {
	return func(o *render.Objects) {
		set("Deployment", []any{map[string]any{
			"name": "server", "image": "vllm/vllm-openai:v0.10.0",
			"resources": map[string]any{"requests": resources, "limits": resources},
		}}, "spec", "template", "spec", "containers")(o)
	}
}

func TestHealthBySimulatedPods(t *testing.T) {
	for name, c := range map[string]struct {
		edit  edit
		want  apply.HealthStatus
		words []string
	}{
		"healthy":       {func(*render.Objects) {}, apply.Healthy, []string{"Replicas: 2"}},
		"never-ready":   {behaving(controlplane.NeverReady), apply.Progressing, []string{"ContainerNotReady", "container server is not ready"}},
		"crash":         {behaving(controlplane.Crash), apply.Degraded, []string{"CrashLoopBackOff", "container server"}},
		"unpullable":    {behaving(controlplane.Unpullable), apply.Degraded, []string{"Image"}},
		"unschedulable": {wanting(map[string]any{"nvidia.com/gpu": "64"}), apply.Unschedulable, []string{"nodes are available", "pod llama-"}},
		"parked":        {set("Deployment", int64(0), "spec", "replicas"), apply.Healthy, []string{"Replicas: 0"}},
		"deadline":      {both(behaving(controlplane.NeverReady), set("Deployment", int64(1), "spec", "progressDeadlineSeconds")), apply.Degraded, []string{"Progress deadline exceeded"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			e := b.eye(b.cp.RESTConfig())
			objects := b.unit("llama", c.edit)
			result := b.mustApply(objects)
			ref := apply.RefOf(objects)
			if h := e.watch.Assess(ref, result.Members); h.Status != apply.Progressing {
				t.Errorf("before it is followed: %v", h)
			}
			if err := e.watch.Follow(ref, result.Kinds()); err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", e.until(ref, result.Members, c.want, c.words...))
			fixed := b.mustApply(b.unit("llama"))
			e.until(ref, fixed.Members, apply.Healthy, "Replicas: 2")
		})
	}
}

func both(edits ...edit) edit {
	return func(o *render.Objects) {
		for _, e := range edits {
			e(o)
		}
	}
}

func TestAssessCostsNoRequest(t *testing.T) {
	b := newBench(t)
	begin := time.Now()
	e := b.eye(b.cp.RESTConfig())
	objects := b.unit("llama")
	result := b.mustApply(objects)
	ref := apply.RefOf(objects)
	for range 3 {
		if err := e.watch.Follow(ref, result.Kinds()); err != nil {
			t.Fatal(err)
		}
	}
	e.until(ref, result.Members, apply.Healthy)
	watches := counted(b.requests(begin))
	if watches["watch deployments"] != 1 || watches["watch pods"] != 1 || watches["watch configmaps"]+watches["watch services"] > 0 {
		t.Errorf("watches: %v", watches)
	}
	start := time.Now()
	for range 100 {
		e.watch.Assess(ref, result.Members)
		e.watch.Assess(ref, nil)
	}
	if n := b.requests(start); len(n) > 0 {
		t.Errorf("requests: %v", counted(n))
	}
}

func TestHealthSeesDeletion(t *testing.T) {
	b := newBench(t)
	e := b.eye(b.cp.RESTConfig())
	objects := b.unit("llama")
	result := b.mustApply(objects)
	ref := apply.RefOf(objects)
	if err := e.watch.Follow(ref, result.Kinds()); err != nil {
		t.Fatal(err)
	}
	e.until(ref, result.Members, apply.Healthy)
	kubectl(t, b.cp, "", "-n", b.ns, "delete", "deployment", "llama")
	e.until(ref, result.Members, apply.Missing, "Deployment "+b.ns+"/llama")
}

func TestHealthSaysWhichRightIsMissing(t *testing.T) {
	b := newBench(t)
	e := b.eye(b.user("blind", `[{apiGroups: [""], resources: [pods], verbs: [list, watch]}]`))
	objects := b.unit("llama")
	result := b.mustApply(objects)
	ref := apply.RefOf(objects)
	if err := e.watch.Follow(ref, result.Kinds()); err != nil {
		t.Fatal(err)
	}
	h := poll(t, func() (apply.Health, bool) {
		h := e.watch.Assess(ref, result.Members)
		return h, h.Reason == "Forbidden"
	})
	if h.Status != apply.Progressing || !hasAll(h.Message, []string{"grant blind-" + b.ns, `resource "deployments"`}) {
		t.Errorf("%+v", h)
	}
}

// poll asks until there is an answer, for what tells of no change.
func poll[T any](t *testing.T, ask func() (T, bool)) T {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(30 * time.Second)
	for {
		got, ok := ask()
		if ok {
			return got
		}
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("still %+v", got)
		}
	}
}

func TestFollowUnservedKind(t *testing.T) {
	b := newBench(t)
	e := b.eye(b.cp.RESTConfig())
	objects := b.unit("llama")
	result := b.mustApply(objects)
	kinds := append(result.Kinds(), apply.Object{Group: "keda.sh", Kind: "ScaledObject"}.GroupKind())
	wantError(t, e.watch.Follow(apply.RefOf(objects), kinds), apply.MissingKind, "ScaledObject")
}
