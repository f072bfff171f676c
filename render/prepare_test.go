package render

import (
	"fmt"
	"strings"
	"testing"
)

const prepared = ", prepare: {image: fetch}, file: model.bin"

// TestModelsAreVerifiedAfterTheyAreFetched: the other way round there is nothing to verify, or what an earlier
// release left.
func TestModelsAreVerifiedAfterTheyAreFetched(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	forEveryEngine(t, func(t *testing.T, name string) {
		p := pod(t, rendered(t, served(name, "https://example.com/model", ", prepare: {image: fetch}, checksums: [{file: a, sha256: "+sum+"}]", ", maxRequestSeconds: 5", onGPU)))
		equal(t, "order", p.InitContainers[0].Name+" "+p.InitContainers[1].Name, "prepare verify")
		fetch, verify := p.InitContainers[0], p.InitContainers[1]
		equal(t, "verified by the server's image", verify.Image, p.Containers[0].Image)
		equal(t, "checksums", env(verify, "MODEL_CHECKSUMS").Value, sum+"  a")
		directory := env(fetch, "MODEL_DIR").Value
		equal(t, "verified directory", env(verify, "MODEL_DIR").Value, directory)
		told := fmt.Sprint(p.Containers[0].Args, p.Containers[0].Env)
		equal(t, "served directory", strings.Contains(told, directory), true)
		equal(t, "prepared with GPUs", fmt.Sprint(fetch.Resources.Limits), fmt.Sprint(p.Containers[0].Resources.Limits))
	})
}

// TestPrepareHasTheDevicesOfTheServer: a step that quantizes needs the GPU, and with dynamic resource allocation a
// container has only the devices that it names.
func TestPrepareHasTheDevicesOfTheServer(t *testing.T) {
	p := pod(t, rendered(t, served("vllm", "hf://org/model", prepared, "", "accelerator: {product: NVIDIA-L4, dra: {}}")))
	equal(t, "claims", fmt.Sprint(p.InitContainers[0].Resources.Claims), fmt.Sprint(p.Containers[0].Resources.Claims))
	equal(t, "claim", p.Containers[0].Resources.Claims[0].Name, p.ResourceClaims[0].Name)
}

// TestPreparedDirectoryIsNamedForItsContent: with another name for the same content it is downloaded again; with the
// same name for another content a shared cache serves the wrong model, or lacks the new adapter.
func TestPreparedDirectoryIsNamedForItsContent(t *testing.T) {
	directory := func(model, server string) string {
		return env(pod(t, rendered(t, served("vllm", "hf://org/model", prepared+model, server))).InitContainers[0], "MODEL_DIR").Value
	}
	base := directory("", "")
	for _, known := range []string{", license: MIT", ", size: 20Gi", ", parameters: 8B", ", checksums: [{file: a, sha256: " + strings.Repeat("ab", 32) + "}]"} {
		equal(t, known, directory(known, ""), base)
	}
	equal(t, "another budget", directory("", ", startupSeconds: 900"), base)
	patient := rendered(t, served("vllm", "hf://org/model", strings.Replace(prepared, "fetch", "fetch, timeoutSeconds: 900", 1), ""))
	equal(t, "another timeout", env(pod(t, patient).InitContainers[0], "MODEL_DIR").Value, base)
	for _, c := range [][2]string{{", revision: v2", ""}, {", precision: fp8", ""}, {"", ", adapters: [{name: sql, source: 'hf://org/sql'}]"}} {
		if directory(c[0], c[1]) == base {
			t.Errorf("%v is in the same directory", c)
		}
	}
}

// TestPrepareReadsWhatIsMounted: a model that is converted is read where it is mounted, by the step and read-only,
// and served from the cache.
func TestPrepareReadsWhatIsMounted(t *testing.T) {
	for source, want := range map[string]string{
		"pvc://claim/below/model": "/model/below/model", "pvc://claim": "/model", "oci://registry.example.com/org/model": "/model",
	} {
		p := pod(t, rendered(t, served("vllm", source, prepared, "")))
		fetch := p.InitContainers[0]
		equal(t, source, env(fetch, "MODEL_MOUNT").Value, want)
		equal(t, "read-only", mountAt(t, fetch, "/model").ReadOnly, true)
		equal(t, "writable cache", mountAt(t, fetch, "/cache").ReadOnly, false)
		equal(t, "served", strings.HasPrefix(p.Containers[0].Args[0], "/cache/models/"), true)
	}
}

// TestImagesOfModels: a digest follows an @, and a tag a colon.
func TestImagesOfModels(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	for revision, want := range map[string]string{"": "", ", revision: v1": ":v1", ", revision: '" + digest + "'": "@" + digest} {
		p := pod(t, rendered(t, served("vllm", "oci://registry.example.com:5000/org/model", revision, "")))
		equal(t, revision, volume(t, p, "model").Image.Reference, "registry.example.com:5000/org/model"+want)
	}
}
