package render

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments/problem"
)

const lone = "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: m}\nspec:\n  release:\n    model: {source: hf://org/model}\n    runtime: {engine: vllm, image: vllm/vllm-openai:v0.11.0}\n"

// TestSpecialFiles: links and submodules are not followed, wherever on a path they stand, also by file
// systems that would.
func TestSpecialFiles(t *testing.T) {
	link := &fstest.MapFile{Data: []byte("/etc"), Mode: fs.ModeSymlink | 0o777}
	loop := &fstest.MapFile{Data: []byte("../../secret"), Mode: fs.ModeSymlink | 0o777}
	module := &fstest.MapFile{Mode: fs.ModeIrregular}
	for name, c := range map[string]struct {
		at       string
		file     *fstest.MapFile
		contents string
		rule     string
	}{
		"a file":                {"environments/prod/m/x.yaml", loop, "resources: [model.yaml, x.yaml]", problem.Symlink},
		"a patch":               {"environments/prod/m/x.yaml", loop, "resources: [model.yaml]\npatches: [{path: x.yaml}]", problem.Symlink},
		"a generator's file":    {"environments/prod/m/x", loop, "resources: [model.yaml]\nconfigMapGenerator: [{name: c, files: [x]}]", problem.Symlink},
		"a base":                {"environments/base", link, "resources: [../../base]", problem.Symlink},
		"above a base":          {"environments/base", link, "resources: [../../base/m]", problem.Symlink},
		"a component":           {"environments/parts", link, "components: [../../parts/a]", problem.Symlink},
		"a submodule":           {"environments/base", module, "resources: [../../base]", problem.Submodule},
		"within a submodule":    {"environments/base", module, "resources: [../../base/m]", problem.Submodule},
		"the kustomization":     {"environments/prod/m/kustomization.yaml", loop, "", problem.Symlink},
		"a second one":          {"environments/prod/m/kustomization.yml", loop, "resources: [model.yaml]", problem.Symlink},
		"a device":              {"environments/prod/m/x", &fstest.MapFile{Mode: fs.ModeDevice}, "resources: [model.yaml]\nconfigMapGenerator: [{name: c, files: [x]}]", problem.UnreadableFile},
		"a kustomization's dir": {"environments/prod/m/kustomization.yaml/x", &fstest.MapFile{}, "", problem.MissingFile},
	} {
		t.Run(name, func(t *testing.T) {
			_, tree := archive([]byte("-- model.yaml --\n" + lone + "-- environments/secret --\nhunter2\n"))
			if c.contents != "" {
				tree["environments/prod/m/kustomization.yaml"] = &fstest.MapFile{Data: []byte(c.contents)}
			}
			tree[c.at] = c.file
			p := problemsOf(t, tree)[0]
			equal(t, "rule", p.Rule, c.rule)
			if strings.Contains(p.Error(), "hunter2") {
				t.Errorf("the link was followed: %v", p)
			}
		})
	}
}

// TestLinksOnDisk is the same with a real directory, which follows links by itself.
func TestLinksOnDisk(t *testing.T) {
	dir := t.TempDir()
	unit := filepath.Join(dir, "environments/prod/m")
	if err := os.MkdirAll(unit, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "secret.yaml"), lone)
	if err := os.Symlink("../../../secret.yaml", filepath.Join(unit, "model.yaml")); err != nil {
		t.Fatal(err)
	}
	equal(t, "lone model", problemsOf(t, os.DirFS(dir))[0].Rule, problem.Symlink)
	write(t, filepath.Join(unit, "kustomization.yaml"), "resources: [model.yaml]")
	equal(t, "resource", problemsOf(t, os.DirFS(dir))[0].Rule, problem.Symlink)
}

// refusing is a file system that refuses a file in its own words, as the agent's snapshot does.
type refusing struct {
	fstest.MapFS
	name string
}

var errRefused = errors.New("refused by the snapshot")

func (r refusing) fault(op, name string) error {
	if name != r.name {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: errRefused}
}

func (r refusing) Open(name string) (fs.File, error) {
	if err := r.fault("open", name); err != nil {
		return nil, err
	}
	return r.MapFS.Open(name)
}

func (r refusing) Lstat(name string) (fs.FileInfo, error) {
	if err := r.fault("stat", name); err != nil {
		return nil, err
	}
	return r.MapFS.Lstat(name)
}

func (r refusing) ReadFile(name string) ([]byte, error) {
	if err := r.fault("read", name); err != nil {
		return nil, err
	}
	return r.MapFS.ReadFile(name)
}

// TestSnapshotRefuses: what the file system says of a path reaches the user, with the path.
func TestSnapshotRefuses(t *testing.T) {
	_, tree := archive([]byte("-- model.yaml --\n" + lone + "-- kustomization.yaml --\nresources:\n- model.yaml\n"))
	p := problemsOf(t, refusing{tree, "environments/prod/m/model.yaml"})[0]
	equal(t, "problem", p.Error(), "environments/prod/m/kustomization.yaml:2: resources[0]: environments/prod/m/model.yaml cannot be read: refused by the snapshot; put a regular file there")
}

// deep is a chain of bases, each below the one before.
func deep(n int) string {
	text, dir := "resources: [a0]\n", "environments/prod/m"
	for i := range n {
		dir += fmt.Sprintf("/a%d", i)
		text += fmt.Sprintf("-- %s/kustomization.yaml --\nresources: [a%d]\n", dir, i+1)
	}
	return text + "-- " + dir + fmt.Sprintf("/a%d/kustomization.yaml --\nnamePrefix: x", n)
}

// TestLimits: each bound on what goes into a build holds.
func TestLimits(t *testing.T) {
	object := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\n"
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"one file":  "resources: [model.yaml, x.yaml]\n-- x.yaml --\n# " + strings.Repeat("x", 1<<20),
		"files":     "configMapGenerator: [{name: c, files: [" + many(maxFiles, "k%d=x,") + "]}]\n-- x --\n",
		"bytes":     "configMapGenerator: [{name: c, files: [" + many(20, "k%d=x,") + "]}]\n-- x --\n" + strings.Repeat("x", 500<<10),
		"objects":   "resources: [model.yaml, x.yaml]\n-- x.yaml --\n" + many(maxObjects, object+"---\n"),
		"in a list": "resources: [x.yaml]\n-- x.yaml --\napiVersion: v1\nkind: List\nitems:\n" + many(maxObjects, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c%d}}\n"),
		"items":     "resources: [model.yaml, x.yaml]\n-- x.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n" + many(maxItems, "  k%d: v\n"),
		"variables": "resources: [model.yaml]\nconfigMapGenerator: [{name: c, envs: [x]}]\n-- x --\n" + many(maxOperations, "k%d=v\n"),
		"deep":      deep(maxDepth),
		"operators": "resources: [model.yaml]\nlabels:\n" + many(maxOperations/2, "- {pairs: {k%d: v}}\n"),
		"product":   "resources: [model.yaml, x.yaml]\nlabels:\n" + many(500, "- pairs: {k%d: v}\n") + "-- x.yaml --\n" + many(200, object+"---\n"),
		"patches":   "resources: [model.yaml, x.yaml]\npatches:\n- path: p.yaml\n  target: {kind: ConfigMap}\n-- x.yaml --\n" + many(200, object+"---\n") + "-- p.yaml --\na: " + strings.Repeat("x", 500<<10),
		"replacements": "resources: [model.yaml, x.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: c1, fieldPath: metadata.name}\n  targets:\n  - select: {kind: Secret}\n    fieldPaths: [x.*.y]\n-- x.yaml --\n" +
			many(200, object+"---\n") + "kind: Secret\nx: [" + many(5000, "a%d,") + "]",
	} {
		t.Run(name, func(t *testing.T) {
			_, tree := archive([]byte("-- model.yaml --\n" + lone + "-- kustomization.yaml --\n" + text + "\n"))
			for _, p := range problemsOf(t, tree) {
				if p.Rule != problem.TooLarge && !strings.Contains(p.Message, "1048576") {
					t.Errorf("expected %s, got %v", problem.TooLarge, p)
				}
			}
		})
	}
}
