package environments

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	environmentYAML = "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: %s\nspec:\n  namespace: %s\n"
	kustomization   = "resources: [../../base/llama-3-8b]\n"
)

// goodTree is dev and prod with one model each; a test changes it.
func goodTree() fstest.MapFS {
	return fstest.MapFS{
		"environments/base/llama-3-8b/model.yaml":         file("kind: ModelDeployment\n"),
		"environments/README.md":                          file("# Environments\n"),
		"environments/docs/notes.txt":                     file("no environment\n"),
		"environments/dev/environment.yaml":               file(fmt.Sprintf(environmentYAML, "dev", "models-dev")),
		"environments/dev/llama-3-8b/kustomization.yaml":  file(kustomization),
		"environments/prod/environment.yaml":              file(fmt.Sprintf(environmentYAML, "prod", "models-prod") + "  promotedFrom: dev\n"),
		"environments/prod/llama-3-8b/kustomization.yaml": file(kustomization),
		"environments/prod/README.md":                     file("# Prod\n"),
		"environments/prod/.hidden/x":                     file(""),
	}
}

func file(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }

func TestLoad(t *testing.T) {
	tree, err := Load(goodTree(), "environments")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatal(err, tree.Problems())
	}
	if got := summary(tree); got != "dev models-dev from \"\" prune 50; prod models-prod from \"dev\" prune 50; dev/llama-3-8b prod/llama-3-8b" {
		t.Errorf("got %s", got)
	}
	if dir := tree.Units[1].Dir; dir != "environments/prod/llama-3-8b" {
		t.Errorf("got directory %s", dir)
	}
}

func summary(tree *Tree) string {
	var environments, units []string
	for _, env := range tree.Environments {
		environments = append(environments, fmt.Sprintf("%s %s from %q prune %d", env.Name, env.Spec.Namespace, env.Spec.PromotedFrom, *env.Spec.Prune.MaxPercent))
	}
	for _, unit := range tree.Units {
		units = append(units, unit.ID())
	}
	return strings.Join(environments, "; ") + "; " + strings.Join(units, " ")
}

// TestLoadProblems changes one thing in a good tree: its problems must be exactly these, and every
// environment and unit must still be there.
func TestLoadProblems(t *testing.T) {
	dev, prod := "environments/dev/environment.yaml", "environments/prod/environment.yaml"
	tests := []struct {
		name   string
		change fstest.MapFS // nil deletes
		want   string
	}{
		{"environment without a file", fstest.MapFS{dev: nil},
			`environments/dev/environment.yaml: the directory has models but no environment.yaml; add one with spec.namespace, or move the models`},
		{"environment.yml", fstest.MapFS{dev: nil, "environments/dev/environment.yml": file("")},
			`environments/dev/environment.yaml: the directory has models but no environment.yaml; rename environment.yml to environment.yaml`},
		{"no namespace", fstest.MapFS{dev: file("apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: dev}\nspec:\n  suspend: true\n")},
			`environments/dev/environment.yaml:4: spec.namespace: the field is missing, expected a DNS label; add it (Namespace takes every object of the environment)`},
		{"no spec", fstest.MapFS{dev: file("apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: dev}\n")},
			`environments/dev/environment.yaml:1: spec: the field is missing, expected a map; add it (Spec says where the environment is)`},
		{"bad namespace", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "Models"))},
			`environments/dev/environment.yaml:6: spec.namespace: expected a DNS label, found the string "Models"; use lower-case letters, digits and dashes, as in team-a`},
		{"reserved namespace", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "kube-system"))},
			`environments/dev/environment.yaml:6: spec.namespace: namespaces that begin with kube- belong to Kubernetes itself, found kube-system; choose another namespace`},
		{"the default namespace is allowed", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "default"))}, ``},
		{"wrong name", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dve", "models-dev"))},
			`environments/dev/environment.yaml:4: metadata.name: expected dev, the name of the directory, found the string "dve"; write name: dev, or rename the directory`},
		{"an environment in a namespace", fstest.MapFS{dev: file(strings.Replace(fmt.Sprintf(environmentYAML, "dev", "models-dev"), "dev\n", "dev\n  namespace: x\n", 1))},
			`environments/dev/environment.yaml:5: metadata.namespace: an environment is in no namespace itself; say where its models go in spec.namespace`},
		{"wrong kind", fstest.MapFS{dev: file("apiVersion: penstock.dev/v1alpha1\nkind: Namespace\n")},
			`environments/dev/environment.yaml:2: kind: expected Environment, found the string "Namespace"; write kind: Environment`},
		{"wrong apiVersion", fstest.MapFS{dev: file("apiVersion: v1\nkind: Environment\n")},
			`environments/dev/environment.yaml:1: apiVersion: expected penstock.dev/v1alpha1, found the string "v1"; write apiVersion: penstock.dev/v1alpha1`},
		{"unknown field", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-dev") + "  promoteFrom: x\n")},
			`environments/dev/environment.yaml:7: spec.promoteFrom: there is no such field; did you mean promotedFrom?`},
		{"wrong type", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-dev") + "  suspend: \"yes\"\n")},
			`environments/dev/environment.yaml:7: spec.suspend: expected true or false, found the string "yes"; write true or false, without quotes`},
		{"prune above 100", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-dev") + "  prune: {maxPercent: 101}\n")},
			`environments/dev/environment.yaml:7: spec.prune.maxPercent: expected an integer from 0 to 100, found the number 101; choose a number in that range`},
		{"empty file", fstest.MapFS{dev: file("# nothing yet\n")},
			`environments/dev/environment.yaml: expected one document, an Environment, found nothing; keep one Environment in the file`},
		{"a list", fstest.MapFS{dev: file("- a\n")},
			`environments/dev/environment.yaml: expected one document, an Environment, found something else; keep one Environment in the file`},
		{"two documents", fstest.MapFS{dev: file("a: 1\n---\nb: 1\n")},
			`environments/dev/environment.yaml: expected one document, an Environment, found 2 documents; keep one Environment in the file`},
		{"invalid YAML", fstest.MapFS{dev: file("a: b: c\n")},
			`environments/dev/environment.yaml:1: this is not valid YAML: mapping values are not allowed in this context; check the indentation, and put a value that contains ": " in quotes`},
		{"10 MB", fstest.MapFS{dev: {Data: bytes.Repeat([]byte("a"), 10_000_000)}},
			`environments/dev/environment.yaml: the file has 10000000 bytes; expected 1048576 at most; split the file, or keep large data outside the repository`},
		{"shared namespace", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-prod"))},
			"environments/dev/environment.yaml:6: spec.namespace: the namespace models-prod is also that of prod; give each environment its own\n" +
				"environments/prod/environment.yaml:6: spec.namespace: the namespace models-prod is also that of dev; give each environment its own"},
		{"namespace of a broken environment", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-prod") + "  x: 1\n")},
			"environments/dev/environment.yaml:6: spec.namespace: the namespace models-prod is also that of prod; give each environment its own\n" +
				"environments/dev/environment.yaml:7: spec.x: there is no such field; expected one of allowFloatingRevisions, evidence, gpuPrices, namespace, policies, profile, promotedFrom, promotion, prune, records, suspend, windows\n" +
				"environments/prod/environment.yaml:6: spec.namespace: the namespace models-prod is also that of dev; give each environment its own"},
		{"promoted from nowhere", fstest.MapFS{prod: file(fmt.Sprintf(environmentYAML, "prod", "models-prod") + "  promotedFrom: dve\n")},
			`environments/prod/environment.yaml:7: spec.promotedFrom: there is no environment dve; did you mean dev?`},
		{"promoted from base", fstest.MapFS{prod: file(fmt.Sprintf(environmentYAML, "prod", "models-prod") + "  promotedFrom: base\n")},
			`environments/prod/environment.yaml:7: spec.promotedFrom: there is no environment base; expected one of dev, prod`},
		{"promoted from itself", fstest.MapFS{prod: file(fmt.Sprintf(environmentYAML, "prod", "models-prod") + "  promotedFrom: prod\n")},
			`environments/prod/environment.yaml:7: spec.promotedFrom: an environment cannot be promoted from itself; name another environment, or delete promotedFrom`},
		{"floating revisions in quotes", fstest.MapFS{prod: file(fmt.Sprintf(environmentYAML, "prod", "models-prod") + "  allowFloatingRevisions: \"yes\"\n")},
			`environments/prod/environment.yaml:7: spec.allowFloatingRevisions: expected true or false, found the string "yes"; write true or false, without quotes`},
		{"promoted in a circle", fstest.MapFS{dev: file(fmt.Sprintf(environmentYAML, "dev", "models-dev") + "  promotedFrom: prod\n")},
			"environments/dev/environment.yaml:7: spec.promotedFrom: releases would go in a circle: dev <- prod <- dev; delete promotedFrom of the environment that releases enter first\n" +
				"environments/prod/environment.yaml:7: spec.promotedFrom: releases would go in a circle: prod <- dev <- prod; delete promotedFrom of the environment that releases enter first"},
		{"bad environment name", fstest.MapFS{"environments/Test_1/environment.yaml": file(fmt.Sprintf(environmentYAML, "Test_1", "models-test"))},
			`environments/Test_1: "Test_1" cannot be the name of an environment; rename the directory: lower-case letters, digits and dashes, with a letter or digit at both ends`},
		{"bad model name", fstest.MapFS{"environments/dev/Llama_3/model.yaml": file("")},
			`environments/dev/Llama_3: "Llama_3" cannot be the name of a model; rename the directory: lower-case letters, digits and dashes, with a letter or digit at both ends`},
		{"long model name", fstest.MapFS{"environments/dev/" + strings.Repeat("a", 54) + "/model.yaml": file("")},
			`environments/dev/` + strings.Repeat("a", 54) + `: the name of a model has at most 53 characters, this one has 54; shorten the directory's name`},
		{"unit without a file", fstest.MapFS{"environments/dev/gpt/release.yaml": file("")},
			`environments/dev/gpt: the directory has neither kustomization.yaml nor model.yaml; add one of them, or delete the directory`},
		{"two kustomizations", fstest.MapFS{"environments/dev/llama-3-8b/kustomization.yml": file("")},
			`environments/dev/llama-3-8b: kustomize cannot choose between kustomization.yaml and kustomization.yml; keep kustomization.yaml alone`},
		{"too many files", manyFiles(),
			`environments/dev/llama-3-8b: the directory has more than 200 files; move what the model does not need elsewhere`},
		{"symlink in a unit", fstest.MapFS{"environments/dev/llama-3-8b/patches/release.yaml": {Mode: fs.ModeSymlink, Data: []byte("/etc/passwd")}},
			`environments/dev/llama-3-8b/patches/release.yaml: a symbolic link could lead out of the repository and is not followed; commit the file itself, or refer to its directory from kustomization.yaml`},
		{"symlinked kustomization", fstest.MapFS{"environments/dev/llama-3-8b/kustomization.yaml": {Mode: fs.ModeSymlink, Data: []byte("../../x")}},
			`environments/dev/llama-3-8b/kustomization.yaml: a symbolic link could lead out of the repository and is not followed; commit the file itself, or refer to its directory from kustomization.yaml`},
		{"symlinked unit", fstest.MapFS{"environments/dev/gpt": {Mode: fs.ModeSymlink, Data: []byte("llama-3-8b")}},
			`environments/dev/gpt: a symbolic link could lead out of the repository and is not followed; commit the file itself, or refer to its directory from kustomization.yaml`},
		{"symlinked environment", fstest.MapFS{"environments/test": {Mode: fs.ModeSymlink, Data: []byte("dev")}},
			`environments/test: a symbolic link could lead out of the repository and is not followed; commit the file itself, or refer to its directory from kustomization.yaml`},
		{"symlinked environment.yaml", fstest.MapFS{dev: {Mode: fs.ModeSymlink, Data: []byte("../prod/environment.yaml")}},
			`environments/dev/environment.yaml: a symbolic link could lead out of the repository and is not followed; commit the file itself, or refer to its directory from kustomization.yaml`},
		{"environment.yaml is a directory", fstest.MapFS{dev: nil, dev + "/x": file("")},
			`environments/dev/environment.yaml: this is a directory, expected a file; make it a file`},
		{"submodule as a unit", fstest.MapFS{"environments/dev/gpt": {Mode: fs.ModeIrregular}},
			`environments/dev/gpt: a Git submodule is not fetched: its files are in another repository; commit the files themselves`},
		{"submodule in a unit", fstest.MapFS{"environments/dev/llama-3-8b/lib": {Mode: fs.ModeIrregular}},
			`environments/dev/llama-3-8b/lib: a Git submodule is not fetched: its files are in another repository; commit the files themselves`},
		{"named pipe in a unit", fstest.MapFS{"environments/dev/llama-3-8b/pipe": {Mode: fs.ModeNamedPipe}},
			`environments/dev/llama-3-8b/pipe: this is neither a file nor a directory; delete it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := goodTree()
			maps.Copy(fsys, test.change)
			maps.DeleteFunc(fsys, func(_ string, f *fstest.MapFile) bool { return f == nil })
			tree, err := Load(fsys, "environments")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, tree.Problems().Error()); diff != "" {
				t.Error(diff)
			}
			if tree.environment("dev") == nil || tree.environment("prod") == nil || len(tree.Units) < 2 {
				t.Errorf("got %v and %d units, expected dev and prod with a unit each", tree.environmentNames(), len(tree.Units))
			}
			for _, env := range tree.Environments {
				if len(env.Problems) > 0 && env.Spec.Namespace != "" {
					t.Errorf("%s has problems and a spec", env.Name)
				}
			}
		})
	}
}

func manyFiles() fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := range MaxUnitFiles {
		fsys[fmt.Sprintf("environments/dev/llama-3-8b/d%d/f%d", i%7, i)] = file("")
	}
	return fsys
}

func TestLoadTooManyUnits(t *testing.T) {
	fsys := goodTree()
	for i := range MaxUnits {
		fsys[fmt.Sprintf("environments/prod/m%d/model.yaml", i)] = file("")
	}
	tree, err := Load(fsys, "environments")
	if err != nil {
		t.Fatal(err)
	}
	want := "environments/prod: the environment has more than 5000 models; split the environment"
	if got := tree.Problems().Error(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(tree.environment("dev").Problems) > 0 {
		t.Error("dev has problems too")
	}
}

func TestLoadNothing(t *testing.T) {
	if _, err := Load(fstest.MapFS{"README.md": file("")}, "environments"); err == nil || !strings.Contains(err.Error(), "read the environments in environments") {
		t.Errorf("got %v, expected an error that names the directory", err)
	}
	tree, err := Load(fstest.MapFS{"environments/README.md": file("")}, "environments")
	if err != nil || len(tree.Environments) > 0 || len(tree.Problems()) > 0 {
		t.Errorf("got %v and %v, expected an empty tree", tree, err)
	}
}

// TestLoadDisk: a work tree gives the same answers as a snapshot, symbolic links included.
func TestLoadDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, goodTree()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "environments/dev/llama-3-8b/token")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("prod", filepath.Join(dir, "environments/test")); err != nil {
		t.Fatal(err)
	}
	tree, err := Load(os.DirFS(dir), "environments")
	if err != nil {
		t.Fatal(err)
	}
	got := tree.Problems()
	if len(got) != 2 || got[0].File != "environments/dev/llama-3-8b/token" || got[1].File != "environments/test" || got[0].Rule != "Symlink" {
		t.Errorf("got %v", got)
	}
}

func TestLoadUnreadable(t *testing.T) {
	tree, err := Load(failing{goodTree(), "environments/dev/environment.yaml"}, "environments")
	if err != nil {
		t.Fatal(err)
	}
	want := "environments/dev/environment.yaml: cannot read it: permission denied; check that it is a readable file"
	if got := tree.Problems().Error(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// failing cannot open one file.
type failing struct {
	fs.FS
	name string
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: "/home/somebody/" + name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

func TestSelect(t *testing.T) {
	tree, err := Load(goodTree(), "environments")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ arguments, want string }{
		{"", "dev/llama-3-8b prod/llama-3-8b"},
		{"prod", "prod/llama-3-8b"},
		{"prod/", "prod/llama-3-8b"},
		{"prod/llama-3-8b dev", "dev/llama-3-8b prod/llama-3-8b"},
		{"environments/prod/llama-3-8b/", "prod/llama-3-8b"},
		{"./environments/dev", "dev/llama-3-8b"},
		{"prd", `there is no environment "prd"; did you mean prod? (the repository has dev, prod)`},
		{"test", `there is no environment "test" (the repository has dev, prod)`},
		{"prod/llama-3-9b", `there is no model "prod/llama-3-9b"; did you mean prod/llama-3-8b? (environment prod has llama-3-8b)`},
		{"prod/gpt", `there is no model "prod/gpt" (environment prod has llama-3-8b)`},
		{"../prod", `there is no environment ".." (the repository has dev, prod)`},
	}
	for _, test := range tests {
		part, err := tree.Select(strings.Fields(test.arguments)...)
		got := fmt.Sprint(err)
		if err == nil {
			var ids []string
			for _, unit := range part.Units {
				ids = append(ids, unit.ID())
			}
			got = strings.Join(ids, " ")
		}
		if got != test.want {
			t.Errorf("Select(%q) = %s, want %s", test.arguments, got, test.want)
		}
	}
}
