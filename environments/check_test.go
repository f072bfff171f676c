package environments

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// TestFloatingRevisions: the environment named dev takes them and no other does, unless
// allowFloatingRevisions says so.
func TestFloatingRevisions(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		env   string
		allow *bool
		taken bool
	}{
		{"dev", nil, true}, {"dev", &yes, true}, {"dev", &no, false},
		{"prod", nil, false}, {"prod", &yes, true}, {"prod", &no, false},
		{"develop", nil, false}, {"staging", nil, false},
	} {
		unit := testUnit(test.env)
		unit.Environment.Spec.AllowFloatingRevisions = test.allow
		for _, bad := range badRevision {
			switch bad.file {
			case "prod_hf_mistyped", "prod_adapter_fetched_pinned": // wrong everywhere
				continue
			}
			got := decodeFileIn(t, unit, "testdata/bad/"+bad.file+".yaml")
			want := ""
			if !test.taken {
				want = strings.ReplaceAll(bad.want, "environments/prod/", "environments/"+test.env+"/")
			}
			if got != want {
				t.Errorf("%s in %s, allowed %v:\n%s\nwant:\n%s", bad.file, test.env, test.allow, got, want)
			}
		}
	}
}

// descriptor is llama-3-8b with some lines more in its model, its runtime and its spec.
func descriptor(source, model, runtime, spec string) string {
	indented := func(text, indent string) string {
		if text == "" {
			return ""
		}
		return indent + strings.ReplaceAll(text, "\n", "\n"+indent) + "\n"
	}
	return "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata:\n  name: llama-3-8b\nspec:\n  release:\n" +
		"    model:\n      source: " + source + "\n" + indented(model, "      ") +
		"    runtime:\n      engine: vllm\n      image: vllm/vllm-openai:v0.14.0\n" + indented(runtime, "      ") + indented(spec, "  ")
}

// decodeText decodes a descriptor in dev.
func decodeText(t *testing.T, text string) problem.List {
	t.Helper()
	parsed, problems := document.Parse("model.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, problems = Decode(testUnit("dev"), parsed.Documents[0].Object(), []*document.File{parsed})
	return problems
}

// TestUsualSourcesAreTaken: what follows the scheme is checked, and no form that is in use is refused.
func TestUsualSourcesAreTaken(t *testing.T) {
	for _, source := range []string{
		"hf://gpt2", "hf://meta-llama/Llama-3.1-8B-Instruct", "hf://owner/_private.v2", "hf://01-ai/Yi-1.5_34B",
		"s3://models", "s3://models/", "s3://models.example.com/größe/llama", "s3://my-bucket/llama-3/8b+fp8/",
		"gs://my_bucket/llama", "gs://models.example.com",
		"https://models.example.com:8443/llama%20gguf/llama-3-8b.Q4_K_M.gguf", "https://10.0.0.1/llama.gguf",
		"oci://localhost:5000/llama", "oci://registry.example.com/team/models/llama-3.1_8b__it", "oci://ghcr.io/acme/llama",
		"pvc://weights", "pvc://weights/", "pvc://weights.v2/llama-3/größe",
	} {
		if problems := decodeText(t, descriptor(source, "", "", "")); problems != nil {
			t.Error(source, problems)
		}
	}
}

// TestWhatIsMeantIsTaken: each of these looks odd to one of the checks and is right.
func TestWhatIsMeantIsTaken(t *testing.T) {
	for name, spec := range map[string]string{
		"parked, with the budget and the claim of better times": "scaling: {min: 0}\ndisruptionBudget: {minAvailable: 2}\ncache: {claimName: weights, accessMode: ReadWriteOnce}",
		"from zero, with the last replica kept":                 "scaling: {min: 0, schedules: [{start: 0 8 * * *, end: 0 18 * * *, timeZone: UTC, replicas: 2}]}\ndisruptionBudget: {minAvailable: 1}",
		"all replicas kept":                                     "scaling: {min: 2}\ndisruptionBudget: {minAvailable: 2}",
		"no disruption":                                         "disruptionBudget: {maxUnavailable: 0}",
		"schedules without max":                                 "scaling: {schedules: [{start: 0 8 * * *, end: 0 18 * * *, timeZone: Asia/Kathmandu, replicas: 2}]}",
		"a leap day":                                            "scaling: {schedules: [{start: 0 8 29 2 *, end: 0 18 29 2 *, timeZone: UTC, replicas: 2}]}",
		"a HorizontalPodAutoscaler on the engine's own metric":  "scaling: {max: 2}",
		"a HorizontalPodAutoscaler that may not scale":          "scaling: {min: 2, max: 2}",
		"one GPU on each of two nodes":                          "accelerator: {product: NVIDIA-L4, nodes: 2}",
		"a GPU of any kind, by its driver":                      "accelerator: {dra: {}}",
		"a share, by the label of shares":                       "accelerator: {product: NVIDIA-L4-SHARED, shared: true}",
		"a slice, by the label of a node with nothing else":     "accelerator: {product: NVIDIA-A100-80GB-PCIe-MIG-1g.10gb}",
		"a slice with media engines":                            "accelerator: {mig: 1g.10gb+me}",
		"GPUs narrowed by another label of NVIDIA's":            "accelerator: {memory: 79Gi}\nscheduling: {nodeSelector: {nvidia.com/gpu.family: hopper}}",
		"no accelerator any more":                               "accelerator: null\nparallelism: null",
		"a cache that another claim replaces":                   "cache: {size: null, claim: {size: 200Gi}}",
		"quantities as numbers":                                 "resources: {cpu: 4, memory: 25769803776}",
		"quantities with exponents":                             "resources: {cpu: \"4e0\", memory: \"24e9\"}",
		"an exabyte less a little":                              "resources: {memory: 0.0009E}",
		"everything at the root":                                "exposure: {route: {gateway: public, pathPrefix: /}}",
		"a route with a slash at its end":                       "exposure: {route: {gateway: public, pathPrefix: /v1/llama%20three/}}",
		"empty maps":                                            "scaling: {}\nscheduling: {}\ncache: {}\nexposure: {}\nmonitoring: {podMonitor: {}}\ndisruptionBudget: {}\nresources: {}\nrollout: {}\ncredentials: {}",
	} {
		if problems := decodeText(t, descriptor("hf://gpt2", "", "", spec)); problems != nil {
			t.Error(name, problems)
		}
	}
}

// TestACacheBesideTheModelMayBeSmall: a model that is mounted is not downloaded into it, and one in a bucket
// may be streamed past it.
func TestACacheBesideTheModelMayBeSmall(t *testing.T) {
	const small = "cache: {size: 1Gi}"
	for source, refused := range map[string]bool{"hf://gpt2": true, "https://models.example.com/a.gguf": true, "s3://models": false, "oci://ghcr.io/acme/llama": false, "pvc://weights": false} {
		if problems := decodeText(t, descriptor(source, "size: 15Gi", "", small)); (problems != nil) != refused {
			t.Error(source, problems)
		}
	}
	if decodeText(t, descriptor("pvc://weights", "size: 15Gi\nprepare: {image: convert}", "", small)) == nil {
		t.Error("a model that is converted into the cache may be larger than it")
	}
}

// TestNoQuantityTakesLong: comparing 1e1000000000 with anything takes Kubernetes hours.
func TestNoQuantityTakesLong(t *testing.T) {
	for text, want := range map[string]bool{
		"15Gi": true, "500m": true, "1E": true, "1Ei": true, "1e18": true, "-1E-18": true, "+.5k": true, "1e+3": true,
		"1e19": false, "1e-19": false, "1e2147483647": false, "1E99999999999999999999": false, "1e": false, "1e1.5": false, "": false,
		strings.Repeat("9", 33): false,
	} {
		if got := reckonable(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
	for _, field := range []string{
		"resources: {cpu: Q}", "resources: {memory: Q}", "resources: {sharedMemory: Q}", "cache: {size: Q}", "cache: {claim: {size: Q}}",
		"accelerator: {memory: Q}", "scaling: {max: 2, metric: {name: m, target: Q}}",
		"scaling: {max: 2, prometheus: {serverAddress: http://p, query: q, threshold: Q, activationThreshold: Q}}",
	} {
		problems := decodeText(t, descriptor("hf://gpt2", "", "", strings.ReplaceAll(field, "Q", `"1e2147483647"`)))
		if len(problems) != strings.Count(field, "Q") {
			t.Error(field, problems)
		}
	}
}
