package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/policies/approval"
)

// many has more replicas than the policy few lets it.
var many = files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 9}")}

func TestAChangeThatDeletesAPolicyIsJudgedByIt(t *testing.T) {
	h := newHistory(t)
	h.change("Be free", many, files{"policies/few.yaml": "", "environments/prod/environment.yaml": environment("prod")})
	report := h.check()
	wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
	wantText(t, report, "error: few: at most 3 replicas", "rules change in policies/few.yaml, environments/prod/environment.yaml; they judge what comes after this change")
}

func TestAChangeThatRelaxesAPolicyIsJudgedByTheOldOne(t *testing.T) {
	h := newHistory(t)
	h.change("Be free", many, files{"policies/few.yaml": policy("few", "true", "whatever")})
	wantBrief(t, h.check(), "Hold; prod/echo placement Hold; 3 not")
}

func TestAChangeOfRulesAloneIsTold(t *testing.T) {
	h := newHistory(t)
	h.change("Be free", files{"policies/few.yaml": policy("few", "true", "whatever")})
	report := h.check()
	wantBrief(t, report, "Admit; 4 not")
	if report.Rules == nil || !report.Rules.Accepted || strings.Join(report.Rules.Files, " ") != "policies/few.yaml" {
		t.Errorf("got %+v", report.Rules)
	}
}

// Once somebody is trusted, rules change with their consent alone, and it is of just these rules.
func TestAChangeOfRulesHasToBeApproved(t *testing.T) {
	h := newHistory(t, files{"trust/allowed_signers": allowed(t, 1)})
	h.change("Be free", files{"policies/few.yaml": policy("few", "true", "whatever")})
	report := h.check()
	wantBrief(t, report, "Hold; 4 not")
	wantText(t, report, "error: RulesNotAccepted: policies, trust, exceptions or the rules of an environment changed to "+report.Rules.Digest[:19],
		"0 of 1 people", "(policies/few.yaml:1)", "; the change of the rules is not accepted\n")

	approve := func(key byte, digest string) files {
		statement := approval.Statement{Unit: approval.RulesUnit, Content: digest, Expires: now.Add(time.Hour)}
		armored, err := approval.Sign(signer(t, key), statement)
		if err != nil {
			t.Fatal(err)
		}
		return files{"trust/approvals/" + people[key] + ".yaml": string(approval.Marshal(people[key], statement, armored))}
	}
	h.change("Approve it", approve(9, report.Rules.Digest))
	wantBrief(t, h.check(), "Hold; 4 not")
	h.change("Approve it", approve(1, report.Rules.Digest))
	approved := h.check()
	wantBrief(t, approved, "Admit; 4 not")
	wantText(t, approved, "rules change in policies/few.yaml, approved by sre@example.com; they judge")
	h.change("And another", files{"policies/few.yaml": policy("few", "2 > 1", "whatever")})
	wantBrief(t, h.check(), "Hold; 4 not")
}

// What is approved is what the rules are after the merge. That nobody knows when both sides changed them.
func TestRulesThatMainChangedTooCannotBeApproved(t *testing.T) {
	h := newHistory(t, files{"trust/allowed_signers": allowed(t, 1)})
	h.change("Be free", files{"policies/few.yaml": policy("few", "true", "whatever")})
	base := h.main("Another", files{"policies/other.yaml": policy("other", "true", "whatever")})
	report := h.check()
	wantBrief(t, report, "Hold; 4 not")
	wantText(t, report, "the rules of "+base[:12]+" changed too since the change left it: bring that into the change")
}

func TestABrokenPolicyInTheChange(t *testing.T) {
	h := newHistory(t)
	h.change("Misspell it", many, files{"policies/few.yaml": policy("few", "descriptor.spec.scalling.min < 3", "few")})
	report := h.check()
	wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
	wantText(t, report, "error: InvalidExpression: spec.validations[0].expression: undefined field 'scalling'", "(policies/few.yaml:8:33)", "; 1 problem with the repository\n")
}

func TestBrokenPoliciesOnTheBase(t *testing.T) {
	broken := files{"policies/bad.yaml": policy("bad", "1 +", "bad")}
	t.Run("that the change leaves alone", func(t *testing.T) {
		h := newHistory(t, broken)
		h.change("Change it", files{"environments/prod/echo/model.yaml": echo("echo", "1.1")})
		report := h.check()
		wantBrief(t, report, "Hold; 0 not")
		wantText(t, report, "error: InvalidExpression: spec.validations[0].expression: Syntax error", "(policies/bad.yaml:8:21)")
	})
	t.Run("that the change mends", func(t *testing.T) {
		h := newHistory(t, broken)
		h.change("Mend it", many, files{"policies/bad.yaml": ""})
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
		wantText(t, report, "are broken, and the agent goes by the last ones that were not: policies/bad.yaml:8:21", "note: here the change is judged by its own rules", "few: at most 3 replicas")
	})
	t.Run("that the change breaks otherwise", func(t *testing.T) {
		h := newHistory(t, broken)
		h.change("Mend it", files{"policies/bad.yaml": policy("bad", "2 +", "bad")})
		wantBrief(t, h.check(), "Hold; 0 not")
	})
}

func TestBrokenRulesOfAnEnvironment(t *testing.T) {
	wrong := files{"environments/prod/environment.yaml": environment("prod", "policies: [{name: fewer}]")}
	t.Run("on the base", func(t *testing.T) {
		h := newHistory(t, wrong)
		h.change("Change both", files{"environments/prod/echo/model.yaml": echo("echo", "1.1"), "environments/dev/echo/model.yaml": echo("echo", "1.1")})
		report := h.check()
		wantBrief(t, report, "Hold; dev/echo release Admit; prod/echo invalid; 2 not")
		wantText(t, report, "there is no policy named fewer; ", "(environments/prod/environment.yaml:7)")
	})
	t.Run("that the change mends", func(t *testing.T) {
		h := newHistory(t, wrong)
		h.change("Mend it", many, files{"environments/prod/environment.yaml": environment("prod", "policies: [{name: few}]")})
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
		wantText(t, report, "its own, which mend them, judge it here")
	})
	t.Run("in the change", func(t *testing.T) {
		h := newHistory(t)
		h.change("Break it", many, wrong)
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
		wantText(t, report, "there is no policy named fewer; ", "(environments/prod/environment.yaml:7)", "few: at most 3 replicas")
	})
}

func TestANewEnvironmentIsJudgedByItsOwnRules(t *testing.T) {
	h := newHistory(t)
	h.change("Go to the edge", files{
		"environments/edge/environment.yaml": environment("edge", "policies: [{name: few}]"),
		"environments/edge/echo/model.yaml":  echo("echo", "1.0", "scaling: {min: 9}"),
	})
	report := h.check()
	wantBrief(t, report, "Hold; edge/echo new Hold; 4 not")
	wantText(t, report, "note: the environment edge is new: its own rules judge it", "few: at most 3 replicas")
}

func TestExceptions(t *testing.T) {
	exception := func(expires string) files {
		return files{"policies/exceptions/launch.yaml": `apiVersion: penstock.dev/v1alpha1
kind: PolicyException
metadata:
  name: launch
spec:
  units: [prod/echo]
  policy: few
  reason: the launch
  approver: cto@example.com
  expires: ` + expires + "\n"}
	}
	t.Run("in force", func(t *testing.T) {
		h := newHistory(t, exception("2026-11-24T00:00:00Z"))
		h.change("More of it", many)
		report := h.check()
		wantBrief(t, report, "Warn; prod/echo placement Warn; 3 not")
		wantText(t, report, "exception launch: prod/echo from few until 2026-11-24T00:00:00Z, approved by cto@example.com: the launch\n",
			"warning: few: at most 3 replicas [excepted by launch until 2026-11-24T00:00:00Z, approved by cto@example.com: the launch]")
	})
	t.Run("ended", func(t *testing.T) {
		h := newHistory(t, exception("2026-11-23T11:59:59Z"))
		h.change("More of it", many)
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
		wantText(t, report, "note: ExceptionEnded: the exception launch from few ended at 2026-11-23T11:59:59Z: delete it (policies/exceptions/launch.yaml:")
	})
	t.Run("that the change brings", func(t *testing.T) {
		h := newHistory(t)
		h.change("Except me", many, exception("2026-11-24T00:00:00Z"))
		wantBrief(t, h.check(), "Hold; prod/echo placement Hold; 3 not")
	})
}

func TestOverrides(t *testing.T) {
	const message = "Mend it\n\nPenstock-Override: few\nPenstock-Override-Reason: the site is down\n"
	trust := files{
		"trust/allowed_signers": allowed(t, 1, 2),
		"trust/trust.yaml":      "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {overriders: [sre@example.com]}\n",
	}
	t.Run("by who is entitled", func(t *testing.T) {
		h := newHistory(t, trust)
		h.signed(1, message, many)
		report := h.check()
		wantBrief(t, report, "Warn; prod/echo placement Warn; 3 not")
		wantText(t, report, "warning: few: at most 3 replicas [OVERRIDDEN by sre@example.com: the site is down]")
	})
	t.Run("by who is not", func(t *testing.T) {
		h := newHistory(t, trust)
		h.signed(2, message, many)
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
		wantText(t, report, "does not count: it is signed by ada@example.com, and trust/trust.yaml lets only sre@example.com override")
	})
	t.Run("by nobody", func(t *testing.T) {
		h := newHistory(t, trust)
		h.change(message, many)
		wantBrief(t, h.check(), "Hold; prod/echo placement Hold; 3 not")
	})
	t.Run("by trust that the change brings", func(t *testing.T) {
		h := newHistory(t)
		h.signed(9, message, many, files{"trust/allowed_signers": allowed(t, 9), "trust/trust.yaml": strings.Replace(trust["trust/trust.yaml"], "sre", "mallory", 1)})
		wantBrief(t, h.check(), "Hold; prod/echo placement Hold; 3 not")
	})
}
