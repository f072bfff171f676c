package agent

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/test/gitserver"
)

const aPolicy = "apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: never}\nspec:\n  validations:\n  - {expression: 'false', message: no}\n"

// Whatever is put in the place of rules that cannot be read, the ones before stay in force.
func TestRulesThatCannotBeReadChangeNothing(t *testing.T) {
	with := func(more map[string]string) map[string]string {
		more["policies/never.yaml"] = aPolicy
		return more
	}
	for name, change := range map[string]gitserver.Change{
		"the policies are a file":          {Delete: []string{"policies"}, Files: map[string]string{"policies": "x"}},
		"the policies are a link":          {Delete: []string{"policies"}, Links: map[string]string{"policies": "environments"}},
		"the policies are a submodule":     {Delete: []string{"policies"}, Submodules: map[string]string{"policies": strings.Repeat("a", 40)}},
		"a policy is a link":               {Delete: []string{"policies/never.yaml"}, Links: map[string]string{"policies/never.yaml": "../x.yaml"}},
		"a policy is a directory":          {Delete: []string{"policies/never.yaml"}, Files: map[string]string{"policies/never.yaml/x": ""}},
		"a policy is empty":                {Files: map[string]string{"policies/never.yaml": "{}"}},
		"a policy is too large":            {Files: map[string]string{"policies/never.yaml": aPolicy + "# " + strings.Repeat("x", 20<<20)}},
		"the exceptions are a file":        {Files: map[string]string{"policies/exceptions": "x"}},
		"the exceptions are a link":        {Links: map[string]string{"policies/exceptions": "../environments"}},
		"an exception is a directory":      {Files: map[string]string{"policies/exceptions/x.yaml/y": ""}},
		"an exception is a link":           {Links: map[string]string{"policies/exceptions/x.yaml": "y"}},
		"the trust is a link":              {Links: map[string]string{"trust": "policies"}},
		"the trust is a submodule":         {Submodules: map[string]string{"trust": strings.Repeat("a", 40)}},
		"the trusted keys are a link":      {Links: map[string]string{"trust/allowed_signers": "../x"}},
		"the trusted keys are a directory": {Files: map[string]string{"trust/allowed_signers/x": ""}},
		"the trusted keys are no keys":     {Files: map[string]string{"trust/allowed_signers": "ada ssh-rsa"}},
		"the settings are a link":          {Links: map[string]string{"trust/trust.yaml": "../x"}},
		"a name has a line break":          {Files: map[string]string{"policies/a\nb": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHistory(t)
			h.commit(gitserver.Change{Files: with(map[string]string{})})
			before := h.planner.rulebook.inForce()
			if got := len(before.Selected("prod")); got == 0 {
				t.Fatalf("there are %d policies", got)
			}
			next := h.commit(change)
			if h.planner.rulebook.err == nil || next.rulesInForce() != before {
				t.Errorf("the rules are others (%v)", h.planner.rulebook.err)
			}
		})
	}
}

// Files that are read as no policy must not look as if they were one.
func TestWhichFilesArePolicies(t *testing.T) {
	for name, isPolicy := range map[string]bool{
		"policies/x.yml": true, "policies/x.YAML": false, "policies/x.json": false, "policies/more/x.yaml": false, "policies/x_test.yaml": false,
	} {
		h := newHistory(t)
		h.commit(gitserver.Change{Files: map[string]string{name: aPolicy}})
		names := 0
		for _, s := range h.planner.rulebook.inForce().Selected("prod") {
			if s.Policy.Name == "never" {
				names++
			}
		}
		if (names == 1) != isPolicy {
			t.Errorf("%s: %d policies", name, names)
		}
	}
}
