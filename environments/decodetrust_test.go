package environments

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// decodeOnly decodes a file with one document.
func decodeOnly[T any](t *testing.T, name, text string, decode func(*document.File, *document.Document) (*T, problem.List)) (*T, string) {
	t.Helper()
	file, problems := document.Parse(name, []byte(text))
	if len(problems) > 0 || len(file.Documents) != 1 {
		t.Fatalf("%d documents in:\n%s\n%v", len(file.Documents), text, problems)
	}
	decoded, problems := decode(file, file.Documents[0])
	if (decoded == nil) != (len(problems) > 0) {
		t.Errorf("got %v with problems %v, expected one of them", decoded, problems)
	}
	return decoded, problems.Error()
}

const trustHead = "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata:\n  name: trust\n"

func TestATrustSaysHowManyApproveAndWhoOverrides(t *testing.T) {
	for text, want := range map[string]v1alpha1.TrustSpec{
		"spec: {}\n":                {},
		"spec:\n  approvals: 16\n":  {Approvals: 16},
		"spec:\n  approvals: 1\n":   {Approvals: 1},
		"spec:\n  overriders: []\n": {Overriders: []string{}},
		"spec:\n  approvals: 2\n  overriders:\n  - grace@example.com\n  - on-call\n": {Approvals: 2, Overriders: []string{"grace@example.com", "on-call"}},
	} {
		got, problems := decodeOnly(t, "trust/trust.yaml", trustHead+text, DecodeTrust)
		if problems != "" {
			t.Errorf("%s%s", text, problems)
			continue
		}
		if diff := cmp.Diff(want, got.Spec); diff != "" {
			t.Errorf("%s%s", text, diff)
		}
	}
}

func TestABadTrustIsRefusedWithItsPlace(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{trustHead, "trust/trust.yaml:1: spec: the field is missing, expected a map; add it (Spec is what they may do)"},
		{trustHead + "spec:\n  approvals: 0\n",
			"trust/trust.yaml:6: spec.approvals: expected an integer from 1 to 16, found the number 0; choose a number in that range"},
		{trustHead + "spec:\n  approvals: 17\n",
			"trust/trust.yaml:6: spec.approvals: expected an integer from 1 to 16, found the number 17; choose a number in that range"},
		{trustHead + "spec:\n  approvals: \"2\"\n",
			`trust/trust.yaml:6: spec.approvals: expected an integer from 1 to 16, found the string "2"; remove the quotes`},
		{trustHead + "spec:\n  aprovals: 2\n",
			"trust/trust.yaml:6: spec.aprovals: there is no such field; did you mean approvals?"},
		{trustHead + "spec:\n  overriders: grace@example.com\n",
			`trust/trust.yaml:6: spec.overriders: expected a list, found the string "grace@example.com"; write a list, each item behind a dash`},
		{trustHead + "spec:\n  overriders:\n  - \"*@example.com\"\n",
			`trust/trust.yaml:7: spec.overriders[0]: expected the exact address of a person, found the string "*@example.com"; write it as trust/allowed_signers has it, as in grace@example.com`},
		{trustHead + "spec:\n  overriders:\n  - a@example.com\n  - a@example.com\n",
			"trust/trust.yaml:8: spec.overriders[1]: the list has a@example.com already; keep one of them"},
		{trustHead + "spec:\n  overriders:\n  - \"\"\n",
			"trust/trust.yaml:7: spec.overriders[0]: expected the exact address of a person, found the empty string; write it as trust/allowed_signers has it, as in grace@example.com"},
		{strings.Replace(trustHead, "name: trust", "name: trust\n  lables: {}", 1) + "spec: {}\n",
			"trust/trust.yaml:5: metadata.lables: there is no such field; did you mean labels?"},
		{strings.Replace(trustHead, "name: trust", "name: Trust", 1) + "spec: {}\n",
			`trust/trust.yaml:4: metadata.name: expected a DNS label, found the string "Trust"; use lower-case letters, digits and dashes, as in name: trust`},
		{strings.Replace(trustHead, "kind: Trust", "kind: Trusts", 1) + "spec: {}\n",
			`trust/trust.yaml:2: kind: expected Trust, found the string "Trusts"; write kind: Trust`},
		{"- a\n", "trust/trust.yaml:1: expected a Trust, found something else; write an object with kind: Trust"},
	} {
		if _, got := decodeOnly(t, "trust/trust.yaml", test.text, DecodeTrust); got != test.want {
			t.Errorf("%s\ngot:  %s\nwant: %s", test.text, got, test.want)
		}
	}
}
