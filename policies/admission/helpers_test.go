package admission

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments/document"
)

// policyOf is a policy about Deployments that must hold an expression, with more fields of its spec and a binding.
func policyOf(expression, spec, binding string) string {
	if !strings.Contains(spec, "matchConstraints") {
		spec += "\n  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}"
	}
	if !strings.Contains(binding, "validationActions") {
		binding += "\n  validationActions: [Deny]"
	}
	return fmt.Sprintf(`apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  validations:
  - expression: %q
  %s
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec:
  policyName: p
  %s
`, expression, spec, binding)
}

func load(t testing.TB, text string) *Set {
	t.Helper()
	set, problems := Load(fstest.MapFS{"policies/cluster/p.yaml": {Data: []byte(text)}}, "policies/cluster")
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	return set
}

// deployment is one with replicas and a label, and whatever else is given.
const deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: m, labels: {team: search}}, spec: {replicas: 2}}"

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	file, problems := document.Parse("object", []byte(text)) // with whole numbers, as objects are rendered
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return file.Documents[0].Object()
}

// judge is what a set says of an object in the namespace ml-prod, a line a finding.
func judge(t testing.TB, set *Set, text string) string {
	t.Helper()
	found, err := set.Evaluate(t.Context(), []map[string]any{object(t, text)}, nil, "ml-prod", nil)
	if err != nil {
		t.Fatal(err)
	}
	return lines(found)
}

func lines(found []Finding) string {
	var all []string
	for _, f := range found {
		line := fmt.Sprintf("%s %s: %s", f.Action, f.Object, f.Message)
		if f.Failed {
			line = "failed " + line
		}
		if f.Note != "" {
			line += " (" + f.Note + ")"
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}
