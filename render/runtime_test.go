package render

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// withRuntime is the program's runtimes and one more.
func withRuntime(t *testing.T, name string, files map[string]string) fs.FS {
	t.Helper()
	all, err := readAll(runtimes)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for file, data := range all {
		fsys[file] = &fstest.MapFile{Data: data}
	}
	for file, text := range files {
		fsys["runtimes/"+name+"/"+file] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// toy is a runtime that uses all that a runtime.yaml can say.
func toy(t *testing.T) *Renderer {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"kustomization.yaml", "deployment.yaml", "networkpolicy.yaml", "replacements.yaml", "runtime.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "toy", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	r, err := newRenderer(withRuntime(t, "toy", files))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withToy renders a descriptor of engine toy.
func withToy(t *testing.T, r *Renderer, model, server string, fields ...string) (*Objects, error) {
	t.Helper()
	text := strings.Replace(descriptor("", server, fields...), "engine: vllm", "engine: toy", 1)
	_, tree := archive([]byte("-- model.yaml --\n" + strings.Replace(text, "source: hf://org/model", model, 1)))
	return r.Render(tree, unitOf("prod/m"))
}

// TestRuntimeIsADirectory: adding a runtime takes a directory, testdata/toy, and no Go.
func TestRuntimeIsADirectory(t *testing.T) {
	r := toy(t)
	o, err := withToy(t, r, `source: "gs://bucket/model"`, ", contextLength: 12, maxRequestSeconds: 100, gpuMemoryPercent: 70, kvCachePrecision: fp8",
		"accelerator: {product: NVIDIA-L4, count: 4}", "scaling: {max: 3}", "monitoring: {podMonitor: {}}", "credentials: {modelToken: {name: hf, key: token}}")
	if err != nil {
		t.Fatal(err)
	}
	p := pod(t, o)
	c := p.Containers[0]
	equal(t, "arguments", strings.Join(c.Args, " "),
		"gs://bucket/model --listen=7000 --tokens=12 --cache f8 --stages 4 --share=0.70 --verbose --give-up=600")
	equal(t, "working directory", c.WorkingDir, "gs://bucket/model")
	equal(t, "ports", fmt.Sprint(portOf(c, "http"), portOf(c, "metrics")), "7000 7001")
	equal(t, "probes", c.StartupProbe.HTTPGet.Path+c.ReadinessProbe.HTTPGet.Path+c.LivenessProbe.HTTPGet.Path, "/started/models/m/alive")
	equal(t, "token", env(c, "TOY_TOKEN").ValueFrom.SecretKeyRef.Name, "hf")
	equal(t, "address", env(c, "TOY_ADDRESS").ValueFrom.FieldRef.FieldPath, "status.podIP")
	equal(t, "without a GPU only", env(c, "TOY_CPU") == nil, true)
	equal(t, "pause", c.Lifecycle.PreStop.Sleep.Seconds, 115) // drain: before
	metrics, _, _ := unstructured.NestedSlice(ofKind(o.Items, "PodMonitor").Object, "spec", "podMetricsEndpoints")
	equal(t, "metrics", fmt.Sprint(metrics), "[map[interval:15s path:/stats port:metrics]]")
	scaler := item[autoscalingv2.HorizontalPodAutoscaler](t, o, "HorizontalPodAutoscaler").Spec.Metrics[0].Pods
	equal(t, "scaled by", scaler.Metric.Name+" "+scaler.Target.AverageValue.String(), "toy_waiting 7")
	equal(t, "open ports", len(item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec.Ingress[0].Ports), 2)
	equal(t, "memory that it fills", o.Fits[0].Estimate.Budget > 0, true)
}

// TestRuntimeLoadsAFile: a runtime that is told a file is told the one in the pod.
func TestRuntimeLoadsAFile(t *testing.T) {
	r := toy(t)
	o, err := withToy(t, r, "source: pvc://weights/toys, file: bear.toy", "")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "arguments", strings.Join(server(t, o).Args, " "), "/model/toys/bear.toy --listen=7000 --verbose --offline --give-up=600")
	equal(t, "without a GPU", env(server(t, o), "TOY_CPU").Value, "yes")
	_, err = withToy(t, r, "source: pvc://weights/toys", "")
	equal(t, "no file", fmt.Sprint(err), "environments/prod/m/model.yaml:6: spec.release.model.file: the toy runtime loads one file, and the descriptor does not say which; name the file, as in file: model.Q4_K_M.gguf")
}

// TestRuntimeSaysWhatItCannot: what runtime.yaml does not name is refused, and the other runtimes that can are named,
// this one among them.
func TestRuntimeSaysWhatItCannot(t *testing.T) {
	r := toy(t)
	const at = "environments/prod/m/model.yaml:"
	for _, c := range []struct{ model, server, want string }{
		{"source: s3://bucket/model", "", "6: spec.release.model.source: the toy runtime cannot load models from s3:// by itself; add spec.release.model.prepare, which fetches it; or serve it from oci:// or pvc://; or use engine custom or triton"},
		{"source: gs://bucket/model, format: safetensors", "", "6: spec.release.model.format: the toy runtime cannot load safetensors; convert it to gguf in spec.release.model.prepare, and say so; or use engine custom, sglang, tgi, triton or vllm"},
		{"source: gs://bucket/model", ", maxRequestSeconds: 1, adapters: [{name: a, source: 'hf://org/a'}], maxAdapterRank: 8", "7: spec.release.runtime.maxAdapterRank: the toy runtime has no setting for it; delete it, or use engine custom, sglang or vllm"},
		{"source: gs://bucket/model, precision: fp8", "", "6: spec.release.model.precision: the toy runtime cannot serve fp8; write int4 or bf16; or use engine sglang or vllm"},
		{"source: gs://bucket/model", ", env: [{name: TOY_FLAG_X, value: x}]", "7: spec.release.runtime.env[0].name: TOY_FLAG_X is a flag of the toy runtime in disguise; write the flag"},
		{"source: gs://bucket/model", ", args: [--listen=1]", "7: spec.release.runtime.args[0]: the toy runtime sets --listen itself; remove the argument"},
		{"source: gs://bucket/model", ", args: [-l, '1']", "7: spec.release.runtime.args[0]: the toy runtime sets --listen itself, written here as -l; remove the argument"},
		{"source: gs://bucket/model", ", args: [--shell]", "7: spec.release.runtime.args[0]: --shell may not be set by an argument; leave it out"},
		{"source: gs://bucket/model", ", command: [x]", "7: spec.release.runtime.command: engine toy brings its own command; delete it, or use engine custom"},
	} {
		_, err := withToy(t, r, c.model, c.server)
		equal(t, c.model+c.server, fmt.Sprint(err), at+c.want)
	}
	old := strings.Replace(strings.Replace(descriptor("", ", adapters: [{name: a, source: 'hf://org/a'}]"), "vllm/vllm-openai:v0.18.0", "example.com/toys:2.0.9", 1), "engine: vllm", "engine: toy", 1)
	_, tree := archive([]byte("-- model.yaml --\n" + strings.Replace(old, "hf://org/model", "gs://bucket/model", 1)))
	_, err := r.Render(tree, unitOf("prod/m"))
	equal(t, "release", fmt.Sprint(err), at+"7: spec.release.runtime.image: toys of release 2.0.9 cannot do what spec.release.runtime.adapters asks for; take 2.1.0 or newer; or delete spec.release.runtime.adapters")
	_, tree = archive([]byte("-- model.yaml --\n" + strings.Replace(descriptor("", ""), "engine: vllm", "engine: none", 1)))
	_, err = r.Render(tree, unitOf("prod/m"))
	equal(t, "engine", fmt.Sprint(err), at+`7: spec.release.runtime.engine: there is no runtime for "none"; use one of custom, llamacpp, sglang, tensorflow-serving, tgi, toy, triton, vllm`)
}

func portOf(c corev1.Container, name string) int32 {
	i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
	if i < 0 {
		return 0
	}
	return c.Ports[i].ContainerPort
}

// TestBrokenRuntimes: a runtime that cannot be read is a fault of the program, reported with its file.
func TestBrokenRuntimes(t *testing.T) {
	for text, want := range map[string]string{
		"metadata: {name: other}":                       `read runtimes/toy/runtime.yaml: expected the name toy, found "other"`,
		"metadata: {name: toy}\nrequires: {group: new}": `read runtimes/toy/runtime.yaml: requires.group: expected a release such as 0.18.0: `,
		"unknown: 1": "read runtimes/toy/runtime.yaml: ",
	} {
		_, err := newRenderer(withRuntime(t, "toy", map[string]string{"runtime.yaml": text}))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: expected %q, got %v", text, want, err)
		}
	}
	r, err := newRenderer(withRuntime(t, "toy", map[string]string{"runtime.yaml": "metadata: {name: toy}\nsources: [hf]"}))
	if err != nil {
		t.Fatal(err)
	}
	model := rendered(t, descriptor("", "")).Descriptor.DeepCopy()
	model.Spec.Release.Runtime.Engine = "toy"
	if _, _, err := r.workloads(unitOf("prod/m"), model, "rel-x"); err == nil || !strings.Contains(err.Error(), "build runtime toy+") {
		t.Errorf("expected the runtime's name, got %v", err)
	}
}

// TestEveryPart: each optional part builds with each runtime, and its replacements find their places.
func TestEveryPart(t *testing.T) {
	r := New()
	for engine := range r.engines {
		if _, err := r.shapeOf(engine, r.parts); err != nil {
			t.Errorf("%s: %v", engine, err)
		}
	}
	if len(r.parts) < 6 || len(r.engines) < 2 {
		t.Errorf("parts %v, engines %v", r.parts, sortedKeys(r.engines))
	}
}
