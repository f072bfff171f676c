package apply_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// installed is set once the shared control plane serves ModelDeployment.
var installed sync.Mutex

// cluster is the shared control plane, serving ModelDeployment.
func cluster(t testing.TB) *controlplane.ControlPlane {
	t.Helper()
	cp := controlplane.ForTest(t)
	installed.Lock()
	defer installed.Unlock()
	installCRD(t, cp)
	return cp
}

func installCRD(t testing.TB, cp *controlplane.ControlPlane) {
	t.Helper()
	crd, err := os.ReadFile(filepath.Join("..", "..", "environments", "v1alpha1", "crds", "penstock.dev_modeldeployments.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, cp, string(crd), "apply", "--server-side", "-f", "-")
	kubectl(t, cp, "", "wait", "--for=condition=Established", "--timeout=30s", "crd/modeldeployments.penstock.dev")
}

func kubectl(t testing.TB, cp *controlplane.ControlPlane, stdin string, args ...string) string {
	t.Helper()
	out, err := cp.Kubectl(t.Context(), strings.NewReader(stdin), args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// bench is what most tests need: a namespace, an Applier and a way to look.
type bench struct {
	testing.TB
	cp      *controlplane.ControlPlane
	ns      string
	applier *apply.Applier
	live    dynamic.Interface
}

func newBench(t testing.TB) *bench {
	t.Helper()
	cp := cluster(t)
	return &bench{TB: t, cp: cp, ns: cp.Namespace(t), applier: newApplier(t, cp.RESTConfig()), live: dynamic.NewForConfigOrDie(cp.RESTConfig())}
}

// newApplier makes an Applier with a user agent of its own, by which its requests are counted.
func newApplier(t testing.TB, cfg *rest.Config) *apply.Applier {
	t.Helper()
	a, err := apply.New(apply.Config{REST: cfg, Version: version(t)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func version(t testing.TB) string { return strings.ReplaceAll(t.Name(), "/", "-") }

// requests are those that the Applier of this test made since a moment, without discovery.
func (b *bench) requests(since time.Time) []controlplane.Request {
	b.Helper()
	all, err := b.cp.Requests(since)
	if err != nil {
		b.Fatal(err)
	}
	return slices.DeleteFunc(all, func(r controlplane.Request) bool {
		return r.UserAgent != "penstock/"+version(b.TB) || r.Resource == ""
	})
}

// counted are the requests as "verb resource" with a mark for dry runs, sorted, with their number.
func counted(requests []controlplane.Request) map[string]int {
	count := map[string]int{}
	for _, r := range requests {
		name := r.Verb + " " + r.Resource
		if r.Subresource != "" {
			name += "/" + r.Subresource
		}
		if strings.Contains(r.URI, "dryRun=All") {
			name += " dry"
		}
		count[name]++
	}
	return count
}

// edit changes what the fixture renders to.
type edit func(*render.Objects)

// unit is the fixture as a unit of a namespace. The environment is named as the namespace.
func unit(t testing.TB, namespace, name string, edits ...edit) *render.Objects {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "unit.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("NAMESPACE", namespace, "ENVIRONMENT", "test", "NAME", name).Replace(string(raw))
	docs := parseAll(t, text)
	md := &v1alpha1.ModelDeployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(docs[0].Object, md); err != nil {
		t.Fatal(err)
	}
	env := &environments.Environment{Name: "test", Spec: v1alpha1.EnvironmentSpec{Namespace: namespace}}
	objects := &render.Objects{
		Unit:       &environments.Unit{Environment: env, Name: name, Dir: "environments/test/" + name},
		Descriptor: md, ReleaseID: "rel-0000001", GPUs: 2, Items: docs[1:], Digest: "digest-1",
	}
	for _, e := range edits {
		e(objects)
	}
	return objects
}

func parseAll(t testing.TB, text string) []*unstructured.Unstructured {
	t.Helper()
	var docs []*unstructured.Unstructured
	for doc := range strings.SplitSeq(text, "\n---\n") {
		u := &unstructured.Unstructured{}
		raw, err := yaml.YAMLToJSON([]byte(doc))
		if err == nil {
			err = u.UnmarshalJSON(raw)
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, doc)
		}
		docs = append(docs, u)
	}
	return docs
}

// set sets a field of the item of a kind.
func set(kind string, value any, path ...string) edit {
	return func(o *render.Objects) {
		if err := unstructured.SetNestedField(item(o, kind).Object, value, path...); err != nil {
			panic(err)
		}
	}
}

// without takes the items of a kind out.
func without(kind string) edit {
	return func(o *render.Objects) {
		o.Items = slices.DeleteFunc(o.Items, func(u *unstructured.Unstructured) bool { return u.GetKind() == kind })
	}
}

// with adds items.
func with(t testing.TB, text string) edit {
	return func(o *render.Objects) {
		text := strings.NewReplacer("NAMESPACE", o.Unit.Environment.Spec.Namespace, "NAME", o.Unit.Name).Replace(text)
		o.Items = append(o.Items, parseAll(t, text)...)
	}
}

func item(o *render.Objects, kind string) *unstructured.Unstructured {
	i := slices.IndexFunc(o.Items, func(u *unstructured.Unstructured) bool { return u.GetKind() == kind })
	return o.Items[i]
}

func (b *bench) unit(name string, edits ...edit) *render.Objects {
	b.Helper()
	return unit(b.TB, b.ns, name, edits...)
}

var commit = apply.Revision{Commit: "c0ffee1"}

// mustApply applies and fails the test on an error.
func (b *bench) mustApply(objects *render.Objects) *apply.Result {
	b.Helper()
	result, err := b.applier.Apply(b.Context(), objects, commit)
	if err != nil {
		b.Fatalf("Apply: %v", err)
	}
	return result
}

// settled waits until the Deployment controller has taken up a Deployment: it annotates it with a revision
// then, and an Apply that meets this between its GET and its dry run takes the object for altered.
func (b *bench) settled(name string) {
	b.Helper()
	err := wait.PollUntilContextTimeout(b.Context(), 20*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		u := b.get("Deployment", name)
		observed, _, err := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
		return observed == u.GetGeneration() && u.GetAnnotations()["deployment.kubernetes.io/revision"] != "", err
	})
	if err != nil {
		b.Fatalf("the Deployment controller has not seen %s: %v", name, err)
	}
}

// resources serve the kinds of the fixtures.
var resources = map[string]schema.GroupVersionResource{
	"ModelDeployment":       v1alpha1.GroupVersion.WithResource("modeldeployments"),
	"ServiceAccount":        {Version: "v1", Resource: "serviceaccounts"},
	"ConfigMap":             {Version: "v1", Resource: "configmaps"},
	"Secret":                {Version: "v1", Resource: "secrets"},
	"Service":               {Version: "v1", Resource: "services"},
	"PersistentVolumeClaim": {Version: "v1", Resource: "persistentvolumeclaims"},
	"Deployment":            {Group: "apps", Version: "v1", Resource: "deployments"},
	"PodDisruptionBudget":   {Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
}

// nested reads a string of an object.
func nested(u *unstructured.Unstructured, path ...string) (string, bool, error) {
	return unstructured.NestedString(u.Object, path...)
}

// get reads an object of the test's namespace; nil when there is none.
func (b *bench) get(kind, name string) *unstructured.Unstructured {
	b.Helper()
	u, err := b.live.Resource(resources[kind]).Namespace(b.ns).Get(b.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		b.Fatal(err)
	}
	return u
}

// actions are what a result says, as "created Deployment", sorted.
func actions(result *apply.Result) []string {
	var all []string
	for _, c := range result.Changes {
		all = append(all, string(c.Action)+" "+c.Object.Kind)
	}
	slices.Sort(all)
	return all
}

// faults is a transport that can fail requests.
type faults struct {
	next http.RoundTripper
	// fail says whether a request fails; the answer replaces that of the API server.
	fail atomic.Pointer[func(*http.Request) (*http.Response, error)]
}

// faulty gives a config whose requests go through faults.
func faulty(cfg *rest.Config) (*rest.Config, *faults) {
	f := &faults{}
	cfg = rest.CopyConfig(cfg)
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { f.next = next; return f })
	return cfg, f
}

// RoundTrip implements http.RoundTripper.
func (f *faults) RoundTrip(r *http.Request) (*http.Response, error) {
	if fail := f.fail.Load(); fail != nil {
		if response, err := (*fail)(r); response != nil || err != nil {
			return response, err
		}
	}
	return f.next.RoundTrip(r)
}

func (f *faults) set(fail func(*http.Request) (*http.Response, error)) { f.fail.Store(&fail) }
func (f *faults) clear()                                               { f.fail.Store(nil) }

// kindOf asserts the kind of an error and that its text has all the words.
func wantError(t *testing.T, err error, kind apply.Kind, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", kind)
	}
	if got := apply.KindOf(err); got != kind {
		t.Errorf("kind is %s, want %s: %v", got, kind, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error lacks %q: %v", word, err)
		}
	}
}

var errKilled = errors.New("killed")

func replicas(b *bench) int64 {
	n, _, _ := unstructured.NestedInt64(b.get("Deployment", "llama").Object, "spec", "replicas")
	return n
}

func dynamicClient(cp *controlplane.ControlPlane) dynamic.Interface {
	return dynamic.NewForConfigOrDie(cp.RESTConfig())
}

var (
	zeroStatus v1alpha1.ModelDeploymentStatus
	now        = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)
