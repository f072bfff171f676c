package check_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/policies"
)

func TestAUnitThatIsInvalidDoesNotStopTheOthers(t *testing.T) {
	h := newHistory(t)
	h.change("Change both", files{
		"environments/prod/echo/model.yaml": strings.Replace(echo("echo", "1.0"), "image:", "imgae:", 1), "environments/prod/parrot/model.yaml": echo("parrot", "2.0"),
	})
	report := h.check()
	wantBrief(t, report, "Hold; prod/echo invalid; prod/parrot release Admit; 2 not")
	wantText(t, report, "prod/echo: Invalid\n  error: ", "imgae", "(environments/prod/echo/model.yaml:12", "; 1 invalid\n")
}

// What was broken before was not admitted: when it is mended it is new.
func TestAUnitThatTheChangeMends(t *testing.T) {
	h := newHistory(t, files{"environments/prod/ruin/model.yaml": broken})
	h.change("Mend it", files{"environments/prod/ruin/model.yaml": echo("ruin", "1.0")})
	wantBrief(t, h.check(), "Admit; prod/ruin new Admit; 4 not")
	h.change("Or delete it", files{"environments/prod/ruin/model.yaml": ""})
	wantBrief(t, h.check(), "Admit; 4 not")
}

func TestAnEnvironmentThatTheChangeBreaksIsToldOfOnce(t *testing.T) {
	h := newHistory(t)
	h.change("Break it", files{
		"environments/prod/environment.yaml": strings.Replace(environment("prod"), "namespace", "namesapce", 1),
		"environments/prod/echo/model.yaml":  "", "environments/prod/echo/README.md": "", "environments/dev/echo/model.yaml": echo("echo", "2.0"),
	})
	report := h.check()
	wantBrief(t, report, "Hold; dev/echo release Admit; 2 not")
	if text := written(t, check.WriteText, report); strings.Count(text, "namesapce") != 1 || !strings.Contains(text, "(environments/prod/environment.yaml:6") {
		t.Error(text)
	}
}

// An environment that was broken before does not fail everybody's changes.
func TestAnEnvironmentThatIsBrokenAlready(t *testing.T) {
	h := newHistory(t, files{"environments/prod/environment.yaml": strings.Replace(environment("prod"), "namespace", "namesapce", 1)})
	h.change("Change both", files{"environments/prod/echo/model.yaml": echo("echo", "2.0"), "environments/dev/echo/model.yaml": echo("echo", "2.0")})
	report := h.check()
	wantBrief(t, report, "Admit; dev/echo release Admit; 3 not")
	wantText(t, report, "note: the environment prod is broken already, and nothing in it is looked at: environments/prod/environment.yaml:6")
	wantBrief(t, h.check(check.Options{All: true}), "Hold; dev/echo release Admit; dev/parrot none Admit; 2 not")
}

func TestAnEnvironmentThatMainRemovedMeanwhile(t *testing.T) {
	h := newHistory(t)
	h.change("Change it", files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
	h.main("Close prod", files{
		"environments/prod/echo/model.yaml": "", "environments/prod/echo/README.md": "", "environments/prod/parrot/model.yaml": "", "environments/prod/environment.yaml": "",
	})
	report := h.check()
	wantText(t, report, "the environment prod is gone from", "prod/echo: ")
	if report.Verdict != policies.Hold {
		t.Error(report.Verdict)
	}
}

// Before the first commit there was nothing: everything is new, and judged by its own rules.
func TestTheFirstCommit(t *testing.T) {
	h := newHistory(t, many)
	h.change("Change nothing")
	h.trees = func(trees *check.Trees) { trees.Base, trees.Fork = nil, nil }
	report := h.check()
	wantBrief(t, report, "Hold; dev/echo new Admit; dev/parrot new Admit; prod/echo new Hold; prod/parrot new Admit; 0 not")
	wantText(t, report, " against nothing\n", "note: the environment prod is new: its own rules judge it")
}

func TestNothingChanged(t *testing.T) {
	h := newHistory(t)
	h.change("Change nothing")
	wantText(t, h.check(), "admitted: 0 units change, 4 do not\n")
}
