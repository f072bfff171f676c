package render

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
)

// layered is a unit with a base, a component, patches, generators and replacements.
const layered = `-- environments/base/m/kustomization.yaml --
resources: [model.yaml]
-- environments/base/m/model.yaml --
apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata: {name: m}
spec:
  release:
    model: {source: hf://org/model, revision: 0e9e39f249a16976918f6564b8830bc894c89659}
    runtime: {engine: vllm, image: "vllm/vllm-openai:v0.11.0"}
  accelerator: {product: NVIDIA-L4}
-- environments/base/audited/kustomization.yaml --
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator:
- name: audit
  files: [rules.txt]
-- environments/base/audited/rules.txt --
keep everything
-- kustomization.yaml --
# a comment, which no JSON has
resources: [../../base/m, network.yaml]
components: [../../base/audited]
patches:
- path: release.yaml
- target: {kind: ModelDeployment}
  patch: |-
    - op: add
      path: /spec/scaling
      value:
        min: 2
secretGenerator:
- name: token
  envs: [token.env]
-- network.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {a: b}
-- release.yaml --
apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata: {name: m}
spec:
  release:
    runtime: {image: "vllm/vllm-openai:v0.12.0"}
-- token.env --
TOKEN=secret
-- approvals/alice.yaml --
kind: Approval
-- scans/image.json --
{}
`

var layeredFiles = []string{
	"environments/base/audited/kustomization.yaml", "environments/base/audited/rules.txt", "environments/base/m/kustomization.yaml",
	"environments/base/m/model.yaml", "environments/prod/m/kustomization.yaml", "environments/prod/m/network.yaml",
	"environments/prod/m/release.yaml", "environments/prod/m/token.env",
}

func TestFilesAreAllThatWasReadAsItIsInTheRepository(t *testing.T) {
	_, tree := archive([]byte(layered))
	o := mustRender(t, tree, unitOf("prod/m"))
	var names []string
	var printed strings.Builder // what sha256sum prints
	for _, f := range o.Files {
		names = append(names, f.Name)
		fmt.Fprintf(&printed, "%x  %s\n", sha256.Sum256(tree[f.Name].Data), f.Name)
	}
	if !slices.Equal(names, layeredFiles) {
		t.Errorf("read %q, want %q", names, layeredFiles)
	}
	equal(t, "content", o.Content, fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(printed.String()))))
}

func TestAUnitOfOneFileReadsOneFile(t *testing.T) {
	o := rendered(t, descriptor("", "", onGPU))
	if len(o.Files) != 1 || o.Files[0].Name != "environments/prod/m/model.yaml" || o.Content == contentOf(nil) {
		t.Errorf("read %v, content %s", o.Files, o.Content)
	}
}

func TestContentChangesWithEachFileThatIsReadAndWithNoOther(t *testing.T) {
	_, tree := archive([]byte(layered))
	before := mustRender(t, tree, unitOf("prod/m")).Content
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		changed := maps.Clone(tree)
		changed[name] = &fstest.MapFile{Data: append([]byte("# said\n"), tree[name].Data...)}
		after := mustRender(t, changed, unitOf("prod/m")).Content
		if read := slices.Contains(layeredFiles, name); read != (after != before) {
			t.Errorf("%s is read: %v, the content changed: %v", name, read, after != before)
		}
	}
}

func TestRootsAreThoseOfTheBuild(t *testing.T) {
	_, tree := archive([]byte(layered))
	o := mustRender(t, tree, unitOf("prod/m"))
	roots, err := renderer().Roots(tree, unitOf("prod/m"))
	if err != nil || !slices.Equal(roots, o.Roots) || len(roots) != 3 {
		t.Errorf("got %v (%v), want %v", roots, err, o.Roots)
	}
	loaded, err := environments.Load(environments.Reference, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range loaded.Units {
		roots, err := renderer().Roots(environments.Reference, unit)
		if want := mustRender(t, environments.Reference, unit).Roots; err != nil || !slices.Equal(roots, want) {
			t.Errorf("%s: got %v (%v), want %v", unit.ID(), roots, err, want)
		}
	}
}

// TestRootsOfARefusedUnitHaveWhatWouldMendIt: a commit that adds the missing base has to count as a change of the unit.
func TestRootsOfARefusedUnitHaveWhatWouldMendIt(t *testing.T) {
	for missing, lines := range map[string]string{
		"environments/base/gone":      "resources: [../../base/gone]",
		"environments/base/component": "components: [../../base/component]",
		"environments/base/empty":     "resources: [../../base/empty]",
		"environments/base/file.yaml": "resources: [../../base/file.yaml]",
	} {
		_, tree := archive([]byte("-- kustomization.yaml --\n" + lines + "\n-- environments/base/empty/README --\n-- environments/base/file.yaml --\n"))
		roots, err := renderer().Roots(tree, unitOf("prod/m"))
		if err == nil || !slices.Equal(roots, []string{missing, "environments/prod/m"}) {
			t.Errorf("%s: got %v, %v", path.Base(missing), roots, err)
		}
	}
}
