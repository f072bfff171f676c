package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCRDsThatCannotBeDownloadedSayHow(t *testing.T) {
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOPROXY", "off")
	_, err := findCRDs(t.Context(), t.TempDir(), []CRD{GatewayCRD, HTTPRouteCRD, ScaledObjectCRD})
	if err == nil {
		t.Fatal("an empty module cache has CRDs")
	}
	gateway, keda := crdFiles[GatewayCRD].module.String(), crdFiles[ScaledObjectCRD].module.String()
	want := `control plane: the CRDs in the Go module ` + gateway + ` cannot be had: ` + gateway + `: module lookup disabled by GOPROXY=off; ` +
		"run `go mod download " + gateway + "` once where a module proxy (GOPROXY) can be reached; after that they are in the module cache\n"
	if want += strings.ReplaceAll(strings.TrimSuffix(want, "\n"), gateway, keda); err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestAModuleWithAnotherHashIsRefused(t *testing.T) {
	m := crdFiles[ScaledObjectCRD].module
	was := m.sum
	m.sum = "h1:0000"
	_, err := download(t.Context(), t.TempDir(), []module{m})
	if err == nil || !strings.Contains(err.Error(), m.String()+" is not the one that is pinned: its hash is "+was+" and not h1:0000; ") {
		t.Errorf("got %v", err)
	}
}

func TestWhatGoSaysOfOtherModulesIsNotEnough(t *testing.T) {
	for output, want := range map[string]string{
		"": "go mod download says nothing of example.com/m@v1.0.0",
		`{"Path": "example.com/other", "Dir": "/other", "Sum": "h1:1"}`:         "go mod download says nothing of example.com/m@v1.0.0",
		`{"Path": "example.com/m", "Error": "example.com/m@v1.0.0: not found"}`: "example.com/m@v1.0.0: not found",
		`go: no`: "reading the output of go mod download: invalid character 'g'",
	} {
		_, err := checkDownloads(strings.NewReader(output), []module{{"example.com/m", "v1.0.0", "h1:1"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", output, err, want)
		}
	}
}

func TestConversionIsLeftOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "crd.yaml")
	content := `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things}
  scope: Namespaced
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {service: {name: webhook, namespace: system}}
  versions:
  - {name: v1, served: true, storage: true}
  - {name: v1alpha1, served: false, storage: false}
`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	definition, err := readCRD(file, "things.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if definition.Spec.Conversion != nil {
		t.Errorf("the conversion is %+v", definition.Spec.Conversion)
	}
	if got := resourcesOf(definition); len(got) != 1 || got[0].String() != "example.com/v1, Resource=things" {
		t.Errorf("served are %v", got)
	}
	if _, err := readCRD(file, "others.example.com"); err == nil || !strings.HasSuffix(err.Error(), `is the CRD "things.example.com"`) {
		t.Errorf("another CRD: got %v", err)
	}
}
