package policies

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestAPolicyAboutObjectsCanBeExported(t *testing.T) {
	policy, binding, problems := good(t)[0].Policy.Export()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if policy.Name != "penstock-image-by-digest" || binding.Spec.PolicyName != policy.Name || len(policy.Spec.Validations) != 1 {
		t.Errorf("got %+v\n%+v", policy, binding)
	}
	if *policy.Spec.FailurePolicy != "Fail" || len(binding.Spec.ValidationActions) != 2 {
		t.Errorf("failure policy %v, actions %v", *policy.Spec.FailurePolicy, binding.Spec.ValidationActions)
	}
}

func TestWhatAnAPIServerDoesNotKnowIsNotExported(t *testing.T) {
	const about = "  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}\n"
	for spec, want := range map[string]string{
		"  validations:\n  - expression: gpu.total > 1\n":                                                "policies/p.yaml:5: spec: the policy p is about units, which an API server does not know; add spec.matchConstraints, if the rules are about objects",
		about + "  validations:\n  - expression: object.kind == environment.name\n":                      "policies/p.yaml:8:32: spec.validations[0].expression: there is nothing named 'environment'; only object, oldObject, request, namespaceObject and variables are there in an API server",
		about + "  params: {a: 1}\n  validations:\n  - expression: object.x == params.a\n":               "policies/p.yaml:9:29: spec.validations[0].expression: there is nothing named 'params'; only object, oldObject, request, namespaceObject and variables are there in an API server",
		about + "  variables:\n  - {name: a, expression: now}\n  validations:\n  - expression: 'true'\n": "policies/p.yaml:8:27: spec.variables[0].expression: there is nothing named 'now'; only object, oldObject, request, namespaceObject and variables are there in an API server",
	} {
		text := "apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: p\nspec:\n" + spec
		bundle, problems := Load(fstest.MapFS{"policies/p.yaml": {Data: []byte(text)}}, "policies")
		if len(problems) > 0 {
			t.Errorf("%s: %v", spec, problems)
			continue
		}
		if _, _, problems = bundle.Policies()[0].Export(); strings.Join(strings.Split(problems.Error(), "\n"), " | ") != want {
			t.Errorf("%s: got %v\nwant %s", spec, problems, want)
		}
	}
}
