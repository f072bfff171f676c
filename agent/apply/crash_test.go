package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// killAfter lets n writes through and fails every request after them. With lost, the n-th write reaches the
// API server and only its answer is lost. To be killed before a read is, for the cluster, to be killed
// after the write before it.
func (f *faults) killAfter(n int64, lost bool) {
	var count atomic.Int64
	f.set(func(r *http.Request) (*http.Response, error) {
		write := r.Method != http.MethodGet && !strings.Contains(r.URL.RawQuery, "dryRun")
		if write {
			count.Add(1)
		}
		switch i := count.Load(); {
		case i > n || i == n && !write && n > 0:
			return nil, errKilled
		case i == n && write && lost:
			response, err := f.next.RoundTrip(r)
			if err == nil {
				response.Body.Close()
			}
			return nil, errKilled
		}
		return nil, nil
	})
}

// killPoints goes through every n until a run is not killed any more.
func killPoints(t *testing.T, b *bench, prepare func(name string), act func(context.Context, *apply.Applier, string) error, check func(t *testing.T, name string)) {
	for _, lost := range []bool{false, true} {
		for n := int64(0); ; n++ {
			cfg, faults := faulty(b.cp.RESTConfig())
			applier := newApplier(t, cfg)
			name := fmt.Sprintf("unit-%t-%d", lost, n)
			prepare(name)
			faults.killAfter(n, lost)
			err := act(t.Context(), applier, name)
			check(t, name)
			if t.Failed() {
				t.Fatalf("killed after %d requests (answer lost: %t), with %v", n, lost, err)
			}
			if err == nil {
				t.Logf("%d kill points, answer lost: %t", n, lost)
				break
			}
			if !errors.Is(err, errKilled) && !strings.Contains(err.Error(), "killed") {
				t.Fatalf("after %d requests: %v", n, err)
			}
		}
	}
}

// before and after are two commits of a unit: an object leaves, one comes, one changes. Either the kinds
// change with it, or they stay.
func (b *bench) before(name string) *render.Objects { return b.unit(name) }

func (b *bench) after(name, object string) *render.Objects {
	return b.unit(name, without("ConfigMap"), set("Deployment", int64(1), "spec", "replicas"),
		with(b.TB, "apiVersion: v1\nkind: "+object+"\nmetadata: {name: NAME-new, namespace: NAMESPACE}\n"))
}

// have is everything in the namespace that belongs to a unit, and what its parent records.
func (b *bench) have(name string) []string {
	b.Helper()
	id := apply.Ref{Environment: "test", Namespace: b.ns, Name: name}.ApplySetID()
	var all []string
	for kind, resource := range resources {
		list, err := b.live.Resource(resource).Namespace(b.ns).List(b.Context(), metav1.ListOptions{LabelSelector: v1alpha1.LabelApplySetPartOf + "=" + id})
		if err != nil {
			b.Fatal(err)
		}
		for _, u := range list.Items {
			if u.GetDeletionTimestamp() == nil {
				all = append(all, kind+strings.TrimPrefix(u.GetName(), name)+replicasOf(u))
			}
		}
	}
	slices.Sort(all)
	if md := b.get("ModelDeployment", name); md != nil {
		all = append(all, "records "+md.GetAnnotations()[v1alpha1.AnnotationApplySetGroupKinds])
	}
	return all
}

// replicasOf is the number of replicas that a Deployment asks for, as in "*2".
func replicasOf(u unstructured.Unstructured) string {
	if n, found, _ := unstructured.NestedInt64(u.Object, "spec", "replicas"); found {
		return fmt.Sprintf("*%d", n)
	}
	return ""
}

var (
	haveBefore = []string{"ConfigMap", "Deployment*2", "PodDisruptionBudget", "Service", "ServiceAccount",
		"records ConfigMap,Deployment.apps,PodDisruptionBudget.policy,Service,ServiceAccount"}
	haveAfter = map[string][]string{
		"Secret": {"Deployment*1", "PodDisruptionBudget", "Secret-new", "Service", "ServiceAccount",
			"records Deployment.apps,PodDisruptionBudget.policy,Secret,Service,ServiceAccount"},
		"ConfigMap": {"ConfigMap-new", "Deployment*1", "PodDisruptionBudget", "Service", "ServiceAccount",
			"records ConfigMap,Deployment.apps,PodDisruptionBudget.policy,Service,ServiceAccount"},
	}
)

// noOrphans: at any moment every member's kind is on record.
func (b *bench) noOrphans(t *testing.T, name string) {
	t.Helper()
	have := b.have(name)
	for _, object := range have {
		kind := strings.TrimSuffix(strings.TrimRight(object, "*0123456789"), "-new")
		if !strings.HasPrefix(kind, "records") && !slices.ContainsFunc(have, func(r string) bool { return strings.HasPrefix(r, "records") && strings.Contains(r, kind) }) {
			t.Errorf("%s of %s is an orphan: %v", kind, name, have)
		}
	}
}

func TestKilledWhileCreating(t *testing.T) {
	b := newBench(t)
	killPoints(t, b, func(string) {},
		func(ctx context.Context, a *apply.Applier, name string) error {
			_, err := a.Apply(ctx, b.before(name), commit)
			return err
		},
		func(t *testing.T, name string) {
			b.noOrphans(t, name)
			b.mustApply(b.before(name))
			if diff := cmp.Diff(haveBefore, b.have(name)); diff != "" {
				t.Errorf("after the retry (-want +got):\n%s", diff)
			}
		})
}

func TestKilledWhileChanging(t *testing.T) {
	for object, want := range haveAfter {
		t.Run(object, func(t *testing.T) {
			b := newBench(t)
			killPoints(t, b, func(name string) { b.mustApply(b.before(name)) },
				func(ctx context.Context, a *apply.Applier, name string) error {
					_, err := a.Apply(ctx, b.after(name, object), commit)
					return err
				},
				func(t *testing.T, name string) {
					b.noOrphans(t, name)
					b.mustApply(b.after(name, object))
					if diff := cmp.Diff(want, b.have(name)); diff != "" {
						t.Errorf("after the retry (-want +got):\n%s", diff)
					}
				})
		})
	}
}

// The commit that was killed half way is reverted before it is tried again.
func TestKilledAndReverted(t *testing.T) {
	for object := range haveAfter {
		t.Run(object, func(t *testing.T) {
			b := newBench(t)
			killPoints(t, b, func(name string) { b.mustApply(b.before(name)) },
				func(ctx context.Context, a *apply.Applier, name string) error {
					_, err := a.Apply(ctx, b.after(name, object), commit)
					return err
				},
				func(t *testing.T, name string) {
					b.mustApply(b.before(name))
					if diff := cmp.Diff(haveBefore, b.have(name)); diff != "" {
						t.Errorf("after the revert (-want +got):\n%s", diff)
					}
				})
		})
	}
}

func TestKilledWhileCreatingAndRemoved(t *testing.T) {
	b := newBench(t)
	killPoints(t, b, func(string) {},
		func(ctx context.Context, a *apply.Applier, name string) error {
			_, err := a.Apply(ctx, b.before(name), commit)
			return err
		},
		func(t *testing.T, name string) { b.mustRemove(t, name) })
}

func TestKilledWhileRemoving(t *testing.T) {
	b := newBench(t)
	killPoints(t, b, func(name string) { b.mustApply(b.before(name)) },
		func(ctx context.Context, a *apply.Applier, name string) error {
			_, err := a.Remove(ctx, apply.Ref{Environment: "test", Namespace: b.ns, Name: name}, commit, nil)
			return err
		},
		func(t *testing.T, name string) {
			b.noOrphans(t, name)
			b.mustRemove(t, name)
		})
}

func (b *bench) mustRemove(t *testing.T, name string) {
	t.Helper()
	if _, err := b.applier.Remove(t.Context(), apply.Ref{Environment: "test", Namespace: b.ns, Name: name}, commit, nil); err != nil {
		t.Errorf("Remove: %v", err)
	}
	if have := b.have(name); len(have) > 0 {
		t.Errorf("after Remove there is still %v", have)
	}
}

// A cluster of its own: first without the CRD, then one whose API server goes away in the middle.
func TestAPIServerGoesAway(t *testing.T) {
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{TB: t, cp: cp, ns: cp.Namespace(t), applier: newApplier(t, cp.RESTConfig())}

	_, err = b.applier.Apply(t.Context(), b.before("llama"), commit)
	wantError(t, err, apply.MissingKind, "install the CRD modeldeployments.penstock.dev")
	_, err = b.applier.Deployed(t.Context(), b.ns)
	wantError(t, err, apply.MissingKind, "install the CRD modeldeployments.penstock.dev")
	installCRD(t, cp)
	b.live = dynamicClient(cp)
	b.mustApply(b.before("llama")) // with the same Applier: it discovers again

	cfg, faults := faulty(cp.RESTConfig())
	applier := newApplier(t, cfg)
	var patches atomic.Int64
	faults.set(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPatch && !strings.Contains(r.URL.RawQuery, "dryRun") && patches.Add(1) == 3 {
			return nil, cp.StopAPIServer()
		}
		return nil, nil
	})
	_, err = applier.Apply(t.Context(), b.after("llama", "Secret"), commit)
	wantError(t, err, apply.Unavailable)
	if err := cp.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.noOrphans(t, "llama")
	if _, err := applier.Apply(t.Context(), b.after("llama", "Secret"), commit); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(haveAfter["Secret"], b.have("llama")); diff != "" {
		t.Errorf("when it is back (-want +got):\n%s", diff)
	}
}
