package render

import (
	"strings"
	"testing"
)

func TestDiffersTellsWhichHalfPeopleChanged(t *testing.T) {
	_, tree := archive([]byte(layered))
	before := mustRender(t, tree, unitOf("prod/m"))
	for name, c := range map[string]struct {
		file, old, new     string
		release, placement bool
	}{
		"nothing":                {"", "", "", false, false},
		"another image":          {"release.yaml", "v0.12.0", "v0.13.0", true, false},
		"a comment":              {"release.yaml", "spec:", "spec: # the", false, false},
		"more replicas":          {"kustomization.yaml", "min: 2", "min: 3", false, true},
		"both":                   {"release.yaml", `image: "vllm/vllm-openai:v0.12.0"}`, "image: other:1}\n  accelerator: {product: NVIDIA-L40S}", true, true},
		"a label":                {"release.yaml", "{name: m}", "{name: m, labels: {team: search}}", false, true},
		"an annotation":          {"release.yaml", "{name: m}", "{name: m, annotations: {example.com/a: b}}", false, true},
		"what a ConfigMap holds": {"network.yaml", "a: b", "a: c", false, true},
		"a generator's input":    {"token.env", "secret", "other", false, true},
		"an object less":         {"kustomization.yaml", ", network.yaml", "", false, true},
	} {
		_, tree := archive([]byte(layered))
		if c.file != "" {
			file := tree["environments/prod/m/"+c.file]
			if !strings.Contains(string(file.Data), c.old) {
				t.Fatalf("%s: %s has no %q", name, c.file, c.old)
			}
			file.Data = []byte(strings.Replace(string(file.Data), c.old, c.new, 1))
		}
		after := mustRender(t, tree, unitOf("prod/m"))
		for _, pair := range [][2]*Objects{{before, after}, {after, before}} {
			if release, placement := Differs(pair[0], pair[1]); release != c.release || placement != c.placement {
				t.Errorf("%s: got release %v, placement %v", name, release, placement)
			}
		}
		if c.release && before.Digest == after.Digest {
			t.Errorf("%s: the rendered objects are the same", name)
		}
	}
}

func TestAUnitThatComesOrGoesDiffersInBothHalves(t *testing.T) {
	o := rendered(t, descriptor("", "", onGPU))
	for _, pair := range [][2]*Objects{{nil, o}, {o, nil}} {
		if release, placement := Differs(pair[0], pair[1]); !release || !placement {
			t.Errorf("got %v, %v", release, placement)
		}
	}
	if release, placement := Differs(nil, nil); release || placement {
		t.Error("nothing differs from nothing")
	}
}

func TestCarriedIsWhatTheUnitBringsItself(t *testing.T) {
	_, tree := archive([]byte(layered))
	o := mustRender(t, tree, unitOf("prod/m"))
	var names []string
	for _, object := range o.Redacted().Carried() {
		names = append(names, object.GetKind()+"/"+object.GetName()[:5])
		if token, _ := object.Object["data"].(map[string]any)["TOKEN"]; object.GetKind() == "Secret" && token != "REDACTED" {
			t.Errorf("a secret is in it: %v", token)
		}
	}
	equal(t, "carried", strings.Join(names, " "), "ConfigMap/audit ConfigMap/extra Secret/token")
}

func TestSumNoticesWhatWasChangedAfterTheDecision(t *testing.T) {
	o := rendered(t, descriptor("", "", onGPU))
	sum, err := o.Sum()
	if err != nil || sum != o.Digest {
		t.Errorf("got %s, %v", sum, err)
	}
	o.Items[0].SetAnnotations(map[string]string{"sneaked": "in"})
	if sum, _ := o.Sum(); sum == o.Digest {
		t.Error("an item changed and the sum did not")
	}
	o.Items[0].SetAnnotations(nil)
	o.Descriptor.Spec.Release.Runtime.Image += "x"
	if sum, _ := o.Sum(); sum == o.Digest {
		t.Error("the descriptor changed and the sum did not")
	}
}
