package check_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/check"
)

// broken is a descriptor that everybody sees is wrong, as soon as it is rendered.
var broken = strings.Replace(echo("ruin", "1.0"), "engine: custom", "engine: imaginary", 1)

// What is not affected is not rendered: a unit that would be refused is not told of.
func TestOnlyWhatTheChangeCanAffectIsLookedAt(t *testing.T) {
	shared := files{
		"environments/base/shared/kustomization.yaml": "resources: [model.yaml]\n",
		"environments/base/shared/model.yaml":         echo("shared", "1.0"),
		"environments/prod/ruin/model.yaml":           broken,
		"environments/dev/ruin/model.yaml":            broken,
	}
	for _, unit := range []string{"dev/shared", "prod/shared"} {
		shared["environments/"+unit+"/kustomization.yaml"] = "resources: [../../base/shared]\n"
	}
	for name, c := range map[string]struct {
		change files
		want   string
	}{
		"one unit":                    {files{"environments/prod/echo/model.yaml": echo("echo", "1.1")}, "Admit; prod/echo release Admit; 7 not"},
		"a base that two units share": {files{"environments/base/shared/model.yaml": echo("shared", "1.1")}, "Admit; dev/shared release Admit; prod/shared release Admit; 6 not"},
		"a file that no unit reads":   {files{"environments/base/README.md": "Really.\n"}, "Admit; 8 not"},
		"a file beside a unit":        {files{"environments/prod/echo/README.md": "Really.\n"}, "Admit; 8 not"},
		"a comment in a unit":         {files{"environments/prod/echo/model.yaml": "# Hello.\n" + echo("echo", "1.0")}, "Admit; 8 not"},
		"a file elsewhere":            {files{"README.md": "Hello.\n"}, "Admit; 8 not"},
		"nothing":                     {nil, "Admit; 8 not"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, shared)
			h.change("Change it", c.change)
			wantBrief(t, h.check(), c.want)
		})
	}
	t.Run("all of them", func(t *testing.T) {
		h := newHistory(t, shared)
		h.change("Change nothing")
		wantBrief(t, h.check(check.Options{All: true}), "Hold; dev/echo none Admit; dev/parrot none Admit; dev/ruin invalid; dev/shared none Admit; "+
			"prod/echo none Admit; prod/parrot none Admit; prod/ruin invalid; prod/shared none Admit; 0 not")
	})
}

func TestAnEnvironmentReachesItsUnits(t *testing.T) {
	h := newHistory(t)
	h.change("Move it", files{"environments/dev/environment.yaml": strings.Replace(environment("dev"), "models-dev", "playground", 1)})
	wantBrief(t, h.check(), "Admit; dev/echo placement Admit; dev/parrot placement Admit; 2 not")
}

func TestWhatMainDidMeanwhileIsNoChange(t *testing.T) {
	h := newHistory(t)
	h.change("More of it", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 2}")})
	h.main("Another one", files{"environments/prod/parrot/model.yaml": echo("parrot", "2.0"), "environments/dev/new/model.yaml": echo("new", "1.0")})
	wantBrief(t, h.check(), "Admit; prod/echo placement Admit; 3 not")
}

func TestTheNewestPoliciesOfMainJudge(t *testing.T) {
	h := newHistory(t)
	h.change("More of it", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 2}")})
	wantBrief(t, h.check(), "Admit; prod/echo placement Admit; 3 not")
	h.main("Be strict", files{"policies/few.yaml": policy("few", fewer(1), "at most 1 replica")})
	report := h.check()
	wantBrief(t, report, "Hold; prod/echo placement Hold; 3 not")
	wantText(t, report, "error: few: at most 1 replica (environments/prod/echo/model.yaml:13)")
	if report.Rules != nil {
		t.Errorf("the change alters no rules, and yet: %+v", report.Rules)
	}
}

// Sums are those after the merge: main brought a unit meanwhile, and the change removes one.
func TestSumsAreThoseAfterTheMerge(t *testing.T) {
	h := newHistory(t, files{
		"environments/prod/environment.yaml": environment("prod", "policies: [{name: gpu-quota, params: {gpus: 4}}]"),
		"environments/prod/a/model.yaml":     llama("a", 1), "environments/prod/b/model.yaml": llama("b", 1),
	})
	h.change("Double it", files{"environments/prod/a/model.yaml": llama("a", 3)})
	wantBrief(t, h.check(), "Admit; prod/a placement Admit; 5 not")
	h.main("Use what is left", files{"environments/prod/c/model.yaml": llama("c", 1)})
	report := h.check()
	wantBrief(t, report, "Hold; prod/a placement Hold; 5 not")
	wantText(t, report, "with this change prod takes 5 GPUs, and its quota is 4")
	h.change("Make room", files{"environments/prod/b/model.yaml": ""})
	wantBrief(t, h.check(), "Admit; prod/a placement Admit; prod/b removal Admit; 4 not")
}

func TestAnObjectOfAUnitThatDoesNotChangeIsRefused(t *testing.T) {
	extra := func(name string) files {
		return files{
			"environments/prod/" + name + "/kustomization.yaml": "resources: [model.yaml, words.yaml]\n",
			"environments/prod/" + name + "/words.yaml":         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {a: b}\n",
			"environments/prod/" + name + "/model.yaml":         echo(name, "1.0"),
		}
	}
	h := newHistory(t, extra("echo"))
	h.change("Bring it too", extra("parrot"))
	report := h.check()
	wantBrief(t, report, "Hold; prod/echo invalid; prod/parrot invalid; 2 not")
	wantText(t, report, "ConfigMap models-prod/words is brought by prod/parrot too", "ConfigMap models-prod/words is brought by prod/echo too")
}

// Who changed a unit before the change began is none of its doing.
func TestOnlyTheCommitsOfTheChangeAreJudged(t *testing.T) {
	h := newHistory(t, files{
		"environments/prod/environment.yaml": environment("prod", "policies: [{name: two}]"), "policies/two.yaml": policy("two", "environment.name != 'prod' || size(change.commits) == 2", "two commits"),
	})
	h.main("Before", files{"environments/prod/echo/model.yaml": echo("echo", "1.1")})
	h.change("One", files{"environments/prod/echo/model.yaml": echo("echo", "1.2")})
	h.change("Another thing", files{"environments/dev/echo/model.yaml": echo("echo", "1.2")})
	h.change("Two", files{"environments/prod/echo/model.yaml": echo("echo", "1.3")})
	wantBrief(t, h.check(), "Admit; dev/echo release Admit; prod/echo release Admit; 2 not")
}
