package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

// TestDeterminism renders the richest case in other processes, whose maps are in other orders, and
// compares every byte.
func TestDeterminism(t *testing.T) {
	if os.Getenv("PENSTOCK_RENDER_ONCE") != "" {
		_, tree := archive(archives(t, "golden")["extras"])
		os.Stdout.Write(shown(t, mustRender(t, tree, unitOf("prod/m"))))
		os.Exit(0)
	}
	_, tree := archive(archives(t, "golden")["extras"])
	want := shown(t, mustRender(t, tree, unitOf("prod/m")))
	for range 2 {
		command := exec.Command(os.Args[0], "-test.run=^TestDeterminism$")
		command.Env = append(os.Environ(), "PENSTOCK_RENDER_ONCE=1")
		got, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("another process rendered something else:\n%s", got)
		}
	}
}

// TestOrderOfFiles: the order in which a kustomization names its files does not change the objects.
func TestOrderOfFiles(t *testing.T) {
	files := []string{"model.yaml", "a.yaml", "b.yaml", "c.yaml", "d.yaml"}
	text := "-- model.yaml --\n" + lone
	for i, kind := range []string{"ConfigMap", "Secret", "Service", "ConfigMap"} {
		text += fmt.Sprintf("-- %s --\napiVersion: v1\nkind: %s\nmetadata: {name: x%d}\n", files[i+1], kind, i)
	}
	var first string
	for i := range 8 {
		_, tree := archive([]byte(text + "-- kustomization.yaml --\nresources: [" + strings.Join(files, ", ") + "]\n"))
		got := mustRender(t, tree, unitOf("prod/m")).Digest
		if i == 0 {
			first = got
		}
		equal(t, fmt.Sprint(files), got, first)
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	}
}

// TestDigest: it changes with the objects, with the descriptor's spec, labels and annotations, which policies ask for, and
// with nothing else.
func TestDigest(t *testing.T) {
	digest := func(model string) string { return rendered(t, model).Digest }
	base := digest(descriptor("", ""))
	equal(t, "again, with a comment", digest("# a comment\n"+descriptor("", "")), base)
	for _, other := range []string{
		strings.Replace(descriptor("", ""), "{name: m}", "{name: m, labels: {team: search}}", 1),
		strings.Replace(descriptor("", ""), "{name: m}", "{name: m, annotations: {note: x}}", 1),
		descriptor("", "", "scaling: {min: 2}"), descriptor(", format: safetensors", ""), descriptor("", ", contextLength: 1"),
	} {
		if digest(other) == base {
			t.Errorf("the digest does not tell these apart:\n%s", other)
		}
	}
}

// TestRoots: while the roots' Git object ids stay the same, so must the objects. So every file that was
// read lies in one of them.
func TestRoots(t *testing.T) {
	for name, data := range archives(t, "golden") {
		_, tree := archive(data)
		watched := &watching{FS: tree}
		o := mustRender(t, watched, unitOf("prod/m"))
		for _, file := range watched.read {
			if !slices.ContainsFunc(o.Roots, func(root string) bool { return isWithin(file, root) }) {
				t.Errorf("%s: %s was read and lies in none of %v", name, file, o.Roots)
			}
		}
		if !slices.Contains(o.Roots, o.Unit.Dir) || !slices.IsSorted(o.Roots) || len(watched.read) == 0 {
			t.Errorf("%s: roots %v, read %v", name, o.Roots, watched.read)
		}
	}
}

// watching remembers which files were read.
type watching struct {
	fs.FS
	read []string
}

func (w *watching) Open(name string) (fs.File, error) {
	file, err := w.FS.Open(name)
	if err == nil {
		if info, err := file.Stat(); err == nil && !info.IsDir() {
			w.read = append(w.read, name)
		}
	}
	return file, err
}

// TestConcurrentUse: one Renderer serves many goroutines, and each gets what it would alone.
func TestConcurrentUse(t *testing.T) {
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil {
		t.Fatal(err)
	}
	r := New() // with no shapes yet
	var wg sync.WaitGroup
	for i := range 4 {
		for _, unit := range tree.Units {
			wg.Go(func() {
				o, err := r.Render(environments.Reference, unit)
				if err != nil {
					t.Error(err)
				} else if alone := mustRender(t, environments.Reference, unit); i == 0 && alone.Digest != o.Digest {
					t.Errorf("%s: rendered differently among others", unit.ID())
				}
			})
		}
	}
	wg.Wait()
}

// TestKnownProblems: a unit or environment with problems is not rendered, and says why.
func TestKnownProblems(t *testing.T) {
	unit := unitOf("prod/m")
	unit.Problems = problem.List{{File: "b", Message: "unit"}}
	unit.Environment.Problems = problem.List{{File: "a", Message: "environment"}}
	_, err := New().Render(fstest.MapFS{}, unit)
	var list problem.List
	if !errors.As(err, &list) || len(list) != 2 || list[0].Message != "environment" {
		t.Errorf("expected both problems, got %v", err)
	}
}

// TestCheckClaims: two units that bring one object are both refused, and each hears of the other.
func TestCheckClaims(t *testing.T) {
	with := func(id, objects string) *Objects {
		unit := unitOf(id)
		_, tree := archive([]byte("-- " + unit.Dir + "/kustomization.yaml --\nresources: [model.yaml, x.yaml]\n-- " + unit.Dir + "/model.yaml --\n" +
			strings.Replace(lone, "name: m", "name: "+unit.Name, 1) + "-- " + unit.Dir + "/x.yaml --\n" + objects))
		return mustRender(t, tree, unit)
	}
	shared := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n"
	got := CheckClaims([]*Objects{
		with("prod/a", shared), with("prod/b", strings.Replace(shared, "v1", "v1", 1)), with("dev/a", shared),
		with("prod/c", strings.Replace(shared, "shared", "own", 1)), with("prod/d", "apiVersion: v1\nkind: Service\nmetadata: {name: c}\n"),
	})
	for id, want := range map[string]string{
		"prod/a": "environments/prod/a: ConfigMap ml-prod/shared is brought by prod/b too; rename it in one of them, or move it to one of them",
		"prod/b": "environments/prod/b: ConfigMap ml-prod/shared is brought by prod/a too; rename it in one of them, or move it to one of them",
		"prod/c": "environments/prod/c: Service ml-prod/c is brought by prod/d too; rename it in one of them, or move it to one of them",
		"prod/d": "environments/prod/d: Service ml-prod/c is brought by prod/c too; rename it in one of them, or move it to one of them",
		"dev/a":  "",
	} {
		equal(t, id, got[id].Error(), want)
	}
	equal(t, "refused units", len(got), 4)
}

// TestRedacted: what people see has no values of Secrets, and what is applied still has them.
func TestRedacted(t *testing.T) {
	_, tree := archive(archives(t, "golden")["extras"])
	o := mustRender(t, tree, unitOf("prod/m"))
	text, err := o.Redacted().YAML()
	if err != nil || strings.Contains(string(text), "not-a-real-token") || !strings.Contains(string(text), "token: REDACTED") {
		t.Errorf("expected the key without the value: %v\n%s", err, text)
	}
	text, _ = o.YAML()
	if !strings.Contains(string(text), "not-a-real-token") {
		t.Error("redacting changed the objects")
	}
}

// TestOrder: what others need is applied first.
func TestOrder(t *testing.T) {
	var kinds []string
	_, tree := archive(archives(t, "golden")["extras"])
	for _, item := range mustRender(t, tree, unitOf("prod/m")).Items {
		kinds = append(kinds, item.GetKind()+"/"+strings.SplitN(item.GetName(), "-", 2)[0])
	}
	equal(t, "order", strings.Join(kinds, " "),
		"ServiceAccount/m ConfigMap/settings Secret/token NetworkPolicy/m NetworkPolicy/proxy Service/m Deployment/m Deployment/proxy PodDisruptionBudget/m")
}

// TestExtrasKeepTheirNames: an extra gets Penstock's labels, and keeps what it calls itself.
func TestExtrasKeepTheirNames(t *testing.T) {
	_, tree := archive(archives(t, "golden")["extras"])
	items := mustRender(t, tree, unitOf("prod/m")).Items
	i := slices.IndexFunc(items, func(u *unstructured.Unstructured) bool { return u.GetName() == "proxy" && u.GetKind() == "Deployment" })
	labels := items[i].GetLabels()
	equal(t, "name", labels["app.kubernetes.io/name"], "proxy")
	equal(t, "manager", labels["app.kubernetes.io/managed-by"], "penstock")
	equal(t, "environment", labels["penstock.dev/environment"], "prod")
}

// TestNumericNames: a name of digits stays a string wherever it is put.
func TestNumericNames(t *testing.T) {
	unit := unitOf("prod/123")
	_, tree := archive([]byte("-- environments/prod/123/model.yaml --\n" + strings.Replace(lone, "name: m", `name: "123"`, 1)))
	o := mustRender(t, tree, unit)
	for _, item := range o.Items {
		equal(t, item.GetKind(), item.GetName(), "123")
	}
	equal(t, "account", pod(t, o).ServiceAccountName, "123")
}
