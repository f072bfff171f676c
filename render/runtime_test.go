package render

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
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

// TestRuntimeIsADirectory: adding a runtime takes a directory and no Go.
func TestRuntimeIsADirectory(t *testing.T) {
	r, err := newRenderer(withRuntime(t, "toy", map[string]string{
		"kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../base]\npatches: [{path: deployment.yaml}]\n",
		"deployment.yaml":    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: model}\nspec: {template: {spec: {containers: [{name: server, workingDir: /placeholder}]}}}\n",
		"replacements.yaml":  "- source: {kind: RuntimeValues, fieldPath: model.location}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [\"spec.template.spec.containers.[name=server].workingDir\"]\n",
		"runtime.yaml": "apiVersion: render.penstock.dev/v1alpha1\nkind: Runtime\nmetadata: {name: toy}\nport: 7000\nhealthPath: /ok\nsources: [gs]\n" +
			"arguments: [{flag: --tokens, from: spec.release.runtime.contextLength}]\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	unit := unitOf("prod/m")
	model := rendered(t, descriptor("", ", contextLength: 12")).Descriptor.DeepCopy()
	model.Spec.Release.Runtime.Engine = "toy"
	model.Spec.Release.Model.Source = "gs://bucket/model"
	items, problems, err := r.workloads(unit, model, "rel-x")
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", err, problems)
	}
	c := server(t, &Objects{Unit: unit, Items: items})
	equal(t, "arguments", strings.Join(c.Args, " "), "--tokens=12")
	equal(t, "working directory", c.WorkingDir, "gs://bucket/model")
	equal(t, "port", c.Ports[0].ContainerPort, 7000)
	equal(t, "path", c.LivenessProbe.HTTPGet.Path, "/ok")

	model.Spec.Release.Model.Source = "s3://bucket/model"
	_, problems, _ = r.workloads(unit, model, "rel-x")
	equal(t, "source", problems.Error(), "spec.release.model.source: the toy runtime cannot load models from s3:// by itself; add spec.release.model.prepare, which fetches it; or serve it from oci:// or pvc://; or use engine custom or triton")
	model.Spec.Release.Runtime.Engine = "none"
	_, problems, _ = r.workloads(unit, model, "rel-x")
	equal(t, "engine", problems.Error(), `spec.release.runtime.engine: there is no runtime for "none"; use one of custom, llamacpp, sglang, tensorflow-serving, tgi, toy, triton, vllm`)
}

// TestBrokenRuntimes: a runtime that cannot be read is a fault of the program, reported with its file.
func TestBrokenRuntimes(t *testing.T) {
	for text, want := range map[string]string{
		"metadata: {name: other}": `read runtimes/toy/runtime.yaml: expected the name toy, found "other"`,
		"unknown: 1":              "read runtimes/toy/runtime.yaml: ",
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
