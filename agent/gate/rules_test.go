package gate_test

import (
	"strings"
	"testing"
	"time"
)

// Who trusts nobody lets everybody who can push change the rules; who trusts somebody asks these, and not those whom
// the change trusts.
func TestRulesAreChangedByThoseWhomTheOldOnesTrust(t *testing.T) {
	ada, grace, mallory := key(t, 1), key(t, 2), key(t, 3)
	two := "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {approvals: 2}\n"
	trusted := allowed("ada@example.com", ada) + allowed("grace@example.com", grace)
	week := now.Add(7 * 24 * time.Hour)
	prepare := func(withTrust bool) *scene {
		s := newScene(t)
		if withTrust {
			s.both("trust/allowed_signers", trusted).both("trust/trust.yaml", two)
		}
		return s.write("policies/mine.yaml", policyFile("mine", "true"))
	}
	admit := func(s *scene) ([]string, error) {
		_, changed, err := s.load(s.after)
		if err != nil {
			t.Fatal(err)
		}
		return s.rules().Admit(changed, s.after, now)
	}
	digest := func(s *scene) string {
		_, changed, err := s.load(s.after)
		if err != nil {
			t.Fatal(err)
		}
		return changed.Digest
	}
	if _, err := admit(prepare(false)); err != nil {
		t.Errorf("nobody is trusted: %v", err)
	}
	s := prepare(true)
	if _, err := admit(s); err == nil || !strings.Contains(err.Error(), "which 0 of 2 people have approved") {
		t.Errorf("nobody approved: %v", err)
	}
	s.write("trust/approvals/ada.yaml", approve(t, ada, "rules", digest(s), week))
	s.write("trust/approvals/ada2.yaml", approve(t, ada, "rules", digest(s), week))
	s.write("trust/approvals/mallory.yaml", approve(t, mallory, "rules", digest(s), week))
	if _, err := admit(s); err == nil || !strings.Contains(err.Error(), "which 1 of 2 people have approved") {
		t.Errorf("one approved twice, and a stranger: %v", err)
	}
	s.write("trust/approvals/grace.yaml", approve(t, grace, "rules", digest(s), week))
	if by, err := admit(s); err != nil || len(by) < 2 {
		t.Errorf("two approved: %v, %v", by, err)
	}
	s.write("policies/mine.yaml", policyFile("mine", "1 == 1"))
	if _, err := admit(s); err == nil {
		t.Error("the approvals were of other rules")
	}

	// Approvals stay in history, where everybody can take them from to return to the rules that they are of.
	_, changed, err := s.load(s.after)
	if err != nil {
		t.Fatal(err)
	}
	s.write("trust/approvals/ada.yaml", approve(t, ada, "rules", digest(s), week))
	s.write("trust/approvals/grace.yaml", approve(t, grace, "rules", digest(s), week.Add(-time.Hour)))
	consent, err := s.rules().AdmitAgain(changed, s.after, time.Time{}, now)
	if err != nil || !consent.Until.Equal(week) {
		t.Errorf("%+v, %v", consent, err)
	}
	if _, err := s.rules().AdmitAgain(changed, s.after, week, now); err == nil || !strings.Contains(err.Error(), "which 0 of 2 people have approved") ||
		!strings.Contains(err.Error(), "trust/approvals/ada.yaml: it is of when these rules were in force before: approve them again, until later than 2026-11-30") {
		t.Errorf("the approvals are those of before: %v", err)
	}
	s.write("trust/approvals/ada.yaml", approve(t, ada, "rules", digest(s), week.Add(time.Second)))
	s.write("trust/approvals/grace.yaml", approve(t, grace, "rules", digest(s), week.Add(time.Second)))
	if _, err := s.rules().AdmitAgain(changed, s.after, week, now); err != nil {
		t.Errorf("they were approved again: %v", err)
	}

	takeover := newScene(t).both("trust/allowed_signers", allowed("ada@example.com", ada)).
		write("trust/allowed_signers", allowed("mallory@example.com", mallory))
	takeover.write("trust/approvals/mallory.yaml", approve(t, mallory, "rules", digest(takeover), week))
	if _, err := admit(takeover); err == nil {
		t.Error("who is trusted by the change alone approved it")
	}
	removal := newScene(t).both("trust/allowed_signers", allowed("ada@example.com", ada))
	delete(removal.after, "trust/allowed_signers")
	if _, err := admit(removal); err == nil {
		t.Error("trust was removed without a word")
	}
}

func TestWhatIsARule(t *testing.T) {
	digest := func(change func(*scene)) string {
		s := newScene(t, "profile: standard")
		change(s)
		_, rules, err := s.load(s.after)
		if err != nil {
			t.Fatal(err)
		}
		return rules.Digest
	}
	const file = "environments/prod/environment.yaml"
	same := digest(func(*scene) {})
	for name, c := range map[string]struct {
		change func(*scene)
		rule   bool
	}{
		"a unit":  {func(s *scene) { s.write(unitFile, model(2, vllm, 2)) }, false},
		"suspend": {func(s *scene) { s.write(file, environment("prod", "staging", "profile: standard", "suspend: true")) }, false},
		"prune": {func(s *scene) {
			s.write(file, environment("prod", "staging", "profile: standard", "prune: {maxPercent: 1}"))
		}, false},
		"a comment":            {func(s *scene) { s.write(file, "# word\n"+environment("prod", "staging", "profile: standard")) }, false},
		"an approval of rules": {func(s *scene) { s.write("trust/approvals/x.yaml", "{}") }, false},
		"a profile":            {func(s *scene) { s.write(file, environment("prod", "staging", "profile: retail")) }, true},
		"a namespace": {func(s *scene) {
			s.write(file, strings.Replace(environment("prod", "staging", "profile: standard"), "models-prod", "elsewhere", 1))
		}, true},
		"a price": {func(s *scene) {
			s.write(file, environment("prod", "staging", "profile: standard", `gpuPrices: {x: "1"}`))
		}, true},
		"a policy":            {func(s *scene) { s.write("policies/x.yaml", policyFile("x", "true")) }, true},
		"a test of a policy":  {func(s *scene) { s.write("policies/x_test.yaml", "{}") }, true},
		"a key":               {func(s *scene) { s.write("trust/allowed_signers", allowed("ada@example.com", key(t, 1))) }, true},
		"another environment": {func(s *scene) { s.write("environments/qa/environment.yaml", environment("qa", "")) }, true},
	} {
		if got := digest(c.change) != same; got != c.rule {
			t.Errorf("%s: a rule: %v, want %v", name, got, c.rule)
		}
	}
}

// Rules that were not accepted are not in force, and neither is what they say of an environment.
func TestGovern(t *testing.T) {
	s := newScene(t).write("environments/prod/environment.yaml", strings.Replace(environment("prod", "staging", "suspend: true"), "models-prod", "elsewhere", 1)).
		write("environments/qa/environment.yaml", environment("qa", ""))
	tree, _, err := s.load(s.after)
	if err != nil {
		t.Fatal(err)
	}
	s.rules().Govern(tree)
	for _, env := range tree.Environments {
		switch env.Name {
		case "prod":
			if env.Spec.Namespace != "models-prod" || !env.Spec.Suspend || len(env.Problems) > 0 {
				t.Errorf("prod is %+v, %v", env.Spec, env.Problems)
			}
		case "qa":
			if !strings.Contains(env.Problems.Error(), "the environment qa is new or was mended") {
				t.Errorf("qa: %v", env.Problems)
			}
			if env.Spec.Namespace != "" {
				t.Errorf("something could be written to the namespace %s, which nobody approved", env.Spec.Namespace)
			}
		default:
			if len(env.Problems) > 0 {
				t.Errorf("%s: %v", env.Name, env.Problems)
			}
		}
	}
}
