package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/policies/admission"
)

// importNamespace stands for the test's own namespace in the files.
const importNamespace = "import-namespace"

// TestTheAPIServerSaysWhatImportedPoliciesSay: for each object of testdata/admission/objects.yaml a dry run at the API
// server, which has the policies of testdata/admission/cluster, says the very same as evaluating them here.
func TestTheAPIServerSaysWhatImportedPoliciesSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namespace := w.cp.Namespace(t)
	if _, err := w.cp.Kubectl(t.Context(), nil, "label", "namespace", namespace, "tier=gold"); err != nil {
		t.Fatal(err)
	}
	dir := importedFiles(t, namespace)
	objects := manifests(t, filepath.Join(dir, "objects.yaml"))
	existing := objects[0].DeepCopy() // with more replicas than the file wants
	if err := unstructured.SetNestedField(existing.Object, int64(2), "spec", "replicas"); err != nil {
		t.Fatal(err)
	}
	if err := w.client.Create(t.Context(), existing); err != nil {
		t.Fatal(err)
	}
	install(t, w, dir)
	set, problems := admission.Load(os.DirFS(dir), "cluster")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	old := func(object map[string]any) map[string]any {
		if (&unstructured.Unstructured{Object: object}).GetName() == existing.GetName() {
			return existing.Object
		}
		return nil
	}
	said := map[string]bool{}
	groups := []string{"system:masters", "system:authenticated"}
	for _, user := range []string{"alice", "bob"} {
		server, warnings := clientAs(t, w, user)
		for _, object := range objects {
			ours, err := set.As(user, groups...).Evaluate(t.Context(), []map[string]any{object.Object}, old, namespace, map[string]string{"tier": "gold"})
			if err != nil {
				t.Fatal(err)
			}
			w.eventually(func() error { // until the API server has compiled the last policy
				theirs := verdict(t, server, warnings, object)
				if want := spoken(ours); !slices.Equal(theirs, want) {
					return fmt.Errorf("%s: the API server says\n%s\nand we say\n%s", object.GetName(), strings.Join(theirs, "\n"), strings.Join(want, "\n"))
				}
				return nil
			})
			for _, f := range ours {
				said[f.Policy] = true
			}
			t.Logf("%s by %s: %s", object.GetName(), user, strings.Join(spoken(ours), "; "))
		}
	}
	if all := set.Len() - 1; len(said) != all { // one fails and is ignored
		t.Errorf("%d of %d policies had something to say: %v", len(said), all, said)
	}
}

// importedFiles are those of testdata with the test's own namespace and names.
func importedFiles(t *testing.T, namespace string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cluster/policies.yaml", "objects.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "admission", name))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), importNamespace, namespace)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// manifests are the objects of a file.
func manifests(t *testing.T, name string) []*unstructured.Unstructured {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, problems := document.Parse(filepath.Base(name), data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var all []*unstructured.Unstructured
	for _, d := range file.Documents {
		all = append(all, &unstructured.Unstructured{Object: d.Object()})
	}
	return all
}

func install(t *testing.T, w *world, dir string) {
	t.Helper()
	for _, object := range manifests(t, filepath.Join(dir, "cluster", "policies.yaml")) {
		if err := w.client.Create(t.Context(), object, client.FieldValidation("Strict")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.client.Delete(t.Context(), object) })
	}
}

// warnings collects what the API server warns of.
type warnings struct {
	mutex sync.Mutex
	said  []string
}

// HandleWarningHeader is called for each warning.
func (w *warnings) HandleWarningHeader(code int, _ string, text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.said = append(w.said, text)
}

func (w *warnings) take() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	said := w.said
	w.said = nil
	return said
}

func clientAs(t *testing.T, w *world, user string) (client.Client, *warnings) {
	t.Helper()
	config, err := w.cp.User(user, "system:masters") // or nothing could be applied at all
	if err != nil {
		t.Fatal(err)
	}
	collected := &warnings{}
	config.WarningHandler = collected
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c, collected
}

// verdict is what a dry run at the API server says of an object: the first denial and all warnings of policies.
func verdict(t *testing.T, c client.Client, warned *warnings, object *unstructured.Unstructured) []string {
	t.Helper()
	data, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	warned.take()
	err = c.Patch(t.Context(), object.DeepCopy(), client.RawPatch(types.ApplyPatchType, data), client.DryRunAll, client.ForceOwnership, client.FieldOwner("import"))
	var said []string
	for _, warning := range warned.take() {
		if strings.HasPrefix(warning, "Validation failed for ValidatingAdmissionPolicy") {
			said = append(said, "warning: "+warning)
		}
	}
	slices.Sort(said)
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		for _, cause := range status.Status().Details.Causes {
			said = append(said, fmt.Sprintf("%s: %s", status.Status().Reason, cause.Message))
		}
	} else if err != nil {
		t.Fatal(err)
	}
	return said
}

// spoken is what the API server would say of findings.
func spoken(found []admission.Finding) []string {
	var warned, denied []string
	for _, f := range found {
		switch f.Action {
		case "Warn":
			warned = append(warned, fmt.Sprintf("warning: Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s", f.Policy, f.Binding, f.Message))
		case "Deny":
			reason := f.Reason
			if reason == "" {
				reason = "Invalid"
			}
			denied = append(denied, fmt.Sprintf("%s: ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s", reason, f.Policy, f.Binding, f.Message))
		}
	}
	slices.Sort(warned)
	return append(warned, denied[:min(len(denied), 1)]...)
}

// TestKindsAreServedByTheResourcesThatAreGuessed asks the API server about every kind that it has.
func TestKindsAreServedByTheResourcesThatAreGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, lists, err := kubernetes.NewForConfigOrDie(w.cp.RESTConfig()).Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, list := range lists {
		for _, r := range list.APIResources {
			if strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "patch") {
				continue
			}
			kinds++
			if got := admission.ResourceOf(list.GroupVersion, r.Kind); got != r.Name {
				t.Errorf("%s %s: guessed %s, served as %s", list.GroupVersion, r.Kind, got, r.Name)
			}
		}
	}
	if kinds < 50 {
		t.Errorf("only %d kinds", kinds)
	}
}
