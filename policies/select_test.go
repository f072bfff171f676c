package policies

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// environmentOf reads an environment.yaml with fields, each indented by two.
func environmentOf(t *testing.T, fields string) *environments.Environment {
	t.Helper()
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  namespace: models-prod\n" + fields
	tree, err := environments.Load(fstest.MapFS{"environments/prod/environment.yaml": {Data: []byte(text)}}, "environments")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatal(err, tree.Problems())
	}
	return tree.Environments[0]
}

// bundleOf makes a bundle of policies with a parameter each.
func bundleOf(t *testing.T, names ...string) *Bundle {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range names {
		fsys["p/"+name+".yaml"] = &fstest.MapFile{Data: []byte("apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: " + name +
			"}\nspec:\n  params: {least: 2, share: 0.5, names: [a]}\n  validations: [{expression: 'gpu.total >= params.least && params.share * 2.0 > 0.5 && size(params.names) > 0'}]\n")}
	}
	bundle, problems := Load(fsys, "p")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return bundle
}

func testSources(t *testing.T) Sources {
	return Sources{
		Own: bundleOf(t, "ours"), Builtin: bundleOf(t, "gpu-quota", "soak-time", "image-by-digest"),
		Profiles: map[string][]v1alpha1.PolicySelection{"standard": {
			{Name: "gpu-quota", Params: &apiextensionsv1.JSON{Raw: []byte(`{"least": 4}`)}, Actions: []string{"Warn"}}, {Name: "soak-time"},
		}},
	}
}

func TestAnEnvironmentHasItsOwnPoliciesThoseOfItsProfileAndThoseThatItNames(t *testing.T) {
	for fields, want := range map[string]string{
		"":                      "ours[]",
		"  profile: standard\n": "gpu-quota map[least:4][Warn] ours[] soak-time map[][]",
		"  profile: standard\n  policies: [{name: gpu-quota, params: {share: 1, names: []}, actions: [Deny]}]\n": "gpu-quota map[least:4 names:[] share:1][Deny] ours[] soak-time map[][]",
		"  policies: [{name: image-by-digest}, {name: ours, actions: [Audit]}]\n":                                "image-by-digest map[][] ours map[][Audit]",
	} {
		selected, problems := testSources(t).For(environmentOf(t, fields))
		if len(problems) > 0 {
			t.Errorf("%s: %v", fields, problems)
			continue
		}
		if d := decide(t, selected, example()); len(d.Findings) > 0 && d.Findings[0].Failed {
			t.Errorf("%s: %+v", fields, d)
		}
		var got []string
		for _, s := range selected {
			text := s.Policy.Name
			if s.Params != nil {
				text += fmt.Sprintf(" %v", s.Params)
			}
			got = append(got, text+fmt.Sprint(s.Actions))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, want %s", fields, strings.Join(got, " "), want)
		}
	}
}

// TestAnEnvironmentWhosePoliciesAreNotKnownHasNone: with those that are known it would admit what the others hold.
func TestAnEnvironmentWhosePoliciesAreNotKnownHasNone(t *testing.T) {
	const file = "environments/prod/environment.yaml:"
	for fields, want := range map[string]string{
		"  profile: standart\n":                                         file + "6: spec.profile: there is no profile named standart; did you mean standard?",
		"  policies:\n  - name: gpu-quotas\n":                           file + "7: spec.policies[0].name: there is no policy named gpu-quotas; did you mean gpu-quota?",
		"  policies:\n  - name: nothing-like-it\n":                      file + "7: spec.policies[0].name: there is no policy named nothing-like-it; choose one of gpu-quota, image-by-digest, soak-time, ours",
		"  policies:\n  - name: gpu-quota\n    params: {most: 2}\n":     file + `8: spec.policies[0].params: the policy gpu-quota has no parameter most; it has ["least" "names" "share"]; correct it; penstock policy list shows the parameters`,
		"  policies:\n  - name: gpu-quota\n    params: {least: many}\n": file + "8: spec.policies[0].params: the parameter least of the policy gpu-quota is like 2, found many; correct it; penstock policy list shows the parameters",
		"  policies:\n  - name: gpu-quota\n    params: {least: 2.5}\n":  file + "8: spec.policies[0].params: the parameter least of the policy gpu-quota is like 2, found 2.5; correct it; penstock policy list shows the parameters",
		"  policies:\n  - name: gpu-quota\n    params: {names: [1]}\n":  file + "8: spec.policies[0].params: the parameter names of the policy gpu-quota is like [a], found [1]; correct it; penstock policy list shows the parameters",
		"  policies:\n  - name: gpu-quota\n    params: [1]\n":           file + "8: spec.policies[0].params: expected a map of parameters; correct it; penstock policy list shows the parameters",
	} {
		selected, problems := testSources(t).For(environmentOf(t, fields))
		if selected != nil || len(problems) != 1 || problems[0].Error() != want {
			t.Errorf("%s: got %v\nwant %s", fields, problems, want)
		}
	}
}
