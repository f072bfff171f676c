package main

import (
	"strings"
	"testing"
)

func TestPolicyListNamesOwnAndBuiltInPolicies(t *testing.T) {
	inRepository(t)
	wantCheck(t, exitOK, "policy list", "few ", "policies/few.yaml ", "most=5 ", "Few replicas.\n", "gpu-quota ", "built-in/gpu-quota.yaml", "PROFILE", "finance ")
	wantCheck(t, exitOK, "policy list few", "few (policies/few.yaml)\n", "Few replicas. Nobody needs more.\n", "most: 5 (whole number)\n", "  policies:\n  - name: few\n")
	wantCheck(t, exitOK, "policy list gpu-quota", "gpu-quota (built-in/gpu-quota.yaml)\n")
	wantCheck(t, exitInvalid, "policy list fews", "there is no policy fews (did you mean few?); penstock policy list names those that there are")
	replace(t, "policies/few.yaml", "description: Few replicas.", `description: "Few\e[2J replicas."`+" #")
	if stdout := wantCheck(t, exitOK, "policy list few", "Few\ufffd[2J replicas."); strings.Contains(stdout, "\x1b") {
		t.Error("a description commands the terminal")
	}
	replace(t, "policies/few.yaml", "params.most", "params.moist")
	wantCheck(t, exitInvalid, "policy list", "error: policies/few.yaml:10:", "1 problem\n")
}

const fewCases = `apiVersion: penstock.dev/v1alpha1
kind: PolicyTest
metadata: {name: few}
spec:
  policy: few
  input:
    descriptor: {spec: {scaling: {min: 2}}}
  cases:
  - name: a few
    verdict: Admit
  - name: too many
    input: {descriptor: {spec: {scaling: {min: 9}}}}
    verdict: Hold
    messages: [too many replicas]
`

func TestPolicyTest(t *testing.T) {
	inRepository(t)
	wantCheck(t, exitOK, "policy test", "few: no cases\n")
	put(t, "policies/few_test.yaml", fewCases)
	wantCheck(t, exitOK, "policy test", "few: 2 cases, 0 failed; of 1 rules 1 were seen to hold and 1 not to\n")
	replace(t, "policies/few_test.yaml", "min: 9", "min: 3")
	wantCheck(t, exitInvalid, "policy test", "FAIL policies/few_test.yaml:11: too many: ", "error: 1 of 2 cases failed\n")
	replace(t, "policies/few_test.yaml", "policy: few", "policy: fews")
	wantCheck(t, exitInvalid, "policy test", "error: policies/few_test.yaml: spec.policy: there is no policy fews (did you mean few?)")
	replace(t, "policies/few_test.yaml", "policy: fews", "policy: gpu-quota")
	wantCheck(t, exitInvalid, "policy test", "gpu-quota: 2 cases, ", "few: no cases\n")
	replace(t, "policies/few_test.yaml", "  cases:\n", "  caes:\n")
	wantCheck(t, exitInvalid, "policy test", "error: policies/few_test.yaml:", "caes")
}

const imagePolicy = `apiVersion: penstock.dev/v1alpha1
kind: Policy
metadata:
  name: pinned
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - expression: object.spec.template.spec.containers.all(c, c.image.contains('@'))
    message: an image has no digest
`

func TestPolicyExport(t *testing.T) {
	inRepository(t)
	put(t, "policies/pinned.yaml", imagePolicy)
	put(t, "policies/pinned-too.yaml", strings.Replace(imagePolicy, "name: pinned", "name: pinned-too", 1))
	stdout := wantCheck(t, exitOK, "policy export pinned pinned-too", "kind: ValidatingAdmissionPolicy\n", "kind: ValidatingAdmissionPolicyBinding\n", "an image has no digest")
	if got := len(strings.Split(stdout, "---\n")); got != 4 {
		t.Errorf("%d documents:\n%s", got, stdout)
	}
	wantCheck(t, exitInvalid, "policy export few", "error: policies/few.yaml:", "1 problem\n")
	wantCheck(t, exitInvalid, "policy export nothing", "there is no policy nothing")
	if stdout := wantCheck(t, exitInvalid, "policy export pinned few"); stdout != "" {
		t.Errorf("half of it was written:\n%s", stdout)
	}
}
