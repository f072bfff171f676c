package render

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// reaching are all the places of a kustomization that take a path, each with an address in it.
var reaching = map[string]string{
	"resources[0]":                        "resources:\n- URL\n",
	"bases[0]":                            "bases:\n- URL\n",
	"components[0]":                       "components:\n- URL\n",
	"crds":                                "crds:\n- URL\n",
	"configurations[0]":                   "configurations:\n- URL\n",
	"generators":                          "generators:\n- URL\n",
	"transformers":                        "transformers:\n- URL\n",
	"validators":                          "validators:\n- URL\n",
	"openapi":                             "openapi:\n  path: URL\n",
	"patches[0].path":                     "patches:\n- path: URL\n  target: {kind: ConfigMap}\n",
	"patchesStrategicMerge[0]":            "patchesStrategicMerge:\n- URL\n",
	"patchesJson6902[0].path":             "patchesJson6902:\n- path: URL\n  target: {version: v1, kind: ConfigMap, name: c}\n",
	"replacements[0].path":                "replacements:\n- path: URL\n",
	"configMapGenerator[0].files[0]":      "configMapGenerator:\n- name: g\n  files: [URL]\n",
	"configMapGenerator[0].envs[0]":       "configMapGenerator:\n- name: g\n  envs: [URL]\n",
	"configMapGenerator[0].env":           "configMapGenerator:\n- name: g\n  env: URL\n",
	"secretGenerator[0].files[0]":         "secretGenerator:\n- name: g\n  files: [key=URL]\n",
	"secretGenerator[0].envs[0]":          "secretGenerator:\n- name: g\n  envs: [URL]\n",
	"secretGenerator[0].env":              "secretGenerator:\n- name: g\n  env: URL\n",
	"helmCharts":                          "helmCharts:\n- {name: c, repo: URL}\n",
	"helmChartInflationGenerator":         "helmChartInflationGenerator:\n- {chartName: c, chartRepoUrl: URL}\n",
	"helmGlobals":                         "helmGlobals: {chartHome: URL}\n",
	"generators (inline)":                 "generators:\n- |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: g}\n  files: [URL]\n",
	"transformers (inline)":               "transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: g}\n  path: URL\n",
	"configMapGenerator[0].files[0] (=)":  "configMapGenerator:\n- name: g\n  files: [a=b=URL]\n",
	"resources[0] (quoted, with a space)": "resources:\n- ' URL'\n",
}

// countingServer answers everything with a ConfigMap, and counts.
func countingServer(t *testing.T) (address string, hits *atomic.Int64) {
	hits = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		fmt.Fprint(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fetched}\n")
	}))
	t.Cleanup(server.Close)
	return server.URL + "/x.yaml", hits
}

// TestNothingIsFetched gives every field an address and expects a refusal that names the field, and not
// one request.
func TestNothingIsFetched(t *testing.T) {
	address, hits := countingServer(t)
	for field, text := range reaching {
		t.Run(field, func(t *testing.T) {
			_, tree := archive([]byte("-- model.yaml --\n-- kustomization.yaml --\n" + strings.ReplaceAll(text, "URL", address)))
			p := problemsOf(t, tree)[0]
			path, _, _ := strings.Cut(field, " ")
			if p.Field != path || p.File != "environments/prod/m/kustomization.yaml" || p.Line == 0 {
				t.Errorf("expected the blame on %s with a line, got %+v", path, p)
			}
			if !slices.Contains([]string{ruleRemoteReference, ruleForbiddenField, ruleInvalidPath}, p.Rule) {
				t.Errorf("refused by the wrong rule: %v", p)
			}
		})
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d requests left the process", n)
	}
}

// TestKustomizeWouldFetch shows what the scan is for: with plugins disabled and loads restricted to the
// root, kustomize by itself still sends requests for these.
//
// It runs in a process of its own: what kustomize fetches for openapi stays its schema for good.
func TestKustomizeWouldFetch(t *testing.T) {
	if !alone(t) {
		return
	}
	fetching := map[string]bool{}
	for field, text := range reaching {
		if strings.Contains(field, "(") || strings.Contains(text, "helm") {
			continue // helm would be looked for, and inline plugins are the same as plugins in files
		}
		if field == "components[0]" {
			continue // takes the address for a Git repository and runs git
		}
		address, hits := countingServer(t)
		fsys := filesys.MakeFsInMemory()
		content := "# no other resources\n" + strings.ReplaceAll(text, "URL", address)
		if err := fsys.WriteFile("/u/kustomization.yaml", []byte(content)); err != nil {
			t.Fatal(err)
		}
		options := krusty.MakeDefaultOptions()
		options.LoadRestrictions = types.LoadRestrictionsRootOnly
		options.PluginConfig = types.DisabledPluginConfig()
		kustomizing.Lock()
		_, _ = krusty.MakeKustomizer(options).Run(fsys, "/u")
		kustomizing.Unlock()
		if hits.Load() > 0 {
			fetching[field] = true
		}
	}
	want := []string{
		"bases[0]", "configMapGenerator[0].env", "configMapGenerator[0].envs[0]", "configMapGenerator[0].files[0]", "configurations[0]",
		"crds", "generators", "openapi", "patchesJson6902[0].path", "patchesStrategicMerge[0]", "patches[0].path", "replacements[0].path",
		"resources[0]", "secretGenerator[0].env", "secretGenerator[0].envs[0]", "secretGenerator[0].files[0]", "transformers", "validators",
	}
	slices.Sort(want)
	if got := sortedKeys(fetching); !slices.Equal(got, want) {
		t.Errorf("kustomize fetches %v, expected %v", got, want)
	}
}

// alone runs the test once more, in a process of its own, and is true there.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("PENSTOCK_TEST_ALONE") != "" {
		return true
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	command.Env = append(os.Environ(), "PENSTOCK_TEST_ALONE=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	return false
}

// TestAddresses are the forms in which kustomize knows a repository elsewhere, and that git would be run
// for, even where a directory of that name exists.
func TestAddresses(t *testing.T) {
	for _, address := range []string{
		"https://github.com/org/repo//base?ref=main", "HTTPS://GITHUB.COM/org/repo", "git::https://example.com/org/repo",
		"ssh://git@example.com/org/repo", "git@example.com:org/repo", "git@example.com/org/repo", "github.com/org/repo",
		"GitHub.com/org/repo", "gh:org/repo", "file:///etc", "example.com:org/repo.git", "s3::https://bucket/key", "../base?ref=x",
	} {
		if _, refused := resolve("environments/prod/m", address); refused == nil || refused.rule != ruleRemoteReference {
			t.Errorf("%s: expected %s, got %+v", address, ruleRemoteReference, refused)
		}
	}
	for reference, want := range map[string]string{
		"../../base/m": "environments/base/m", "./x.yaml": "environments/prod/m/x.yaml", "a//b": "environments/prod/m/a/b",
		"v1.2..3": "", "../../../..": "", "../../..": ".", "/etc": "", "a\\b": "", "a\nb": "", "": "",
	} {
		got, refused := resolve("environments/prod/m", reference)
		if got != want || (refused == nil) != (want != "") {
			t.Errorf("%q: expected %q, got %q %+v", reference, want, got, refused)
		}
	}
}
