package check_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/check"
)

func TestSelection(t *testing.T) {
	gone := files{"environments/prod/echo/model.yaml": "", "environments/prod/echo/README.md": ""}
	more := files{"environments/prod/parrot/model.yaml": echo("parrot", "2.0"), "environments/dev/echo/model.yaml": echo("echo", "2.0")}
	for name, c := range map[string]struct {
		selected []string
		want     string
	}{
		"everything":                  {nil, "Admit; dev/echo release Admit; prod/echo removal Admit; prod/parrot release Admit; 1 not"},
		"an environment":              {[]string{"prod"}, "Admit; prod/echo removal Admit; prod/parrot release Admit; 0 not"},
		"a unit":                      {[]string{"prod/parrot"}, "Admit; prod/parrot release Admit; 0 not"},
		"a unit that is removed":      {[]string{"prod/echo"}, "Admit; prod/echo removal Admit; 0 not"},
		"a unit that does not change": {[]string{"dev/parrot"}, "Admit; 1 not"},
		"several":                     {[]string{"dev", "prod/echo"}, "Admit; dev/echo release Admit; prod/echo removal Admit; 1 not"},
		"a directory":                 {[]string{"environments/prod/parrot"}, "Admit; prod/parrot release Admit; 0 not"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			h.change("Change it", gone, more)
			wantBrief(t, h.check(check.Options{Select: c.selected}), c.want)
		})
	}
}

func TestWhatCannotBeToldIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		options check.Options
		want    string
	}{
		"an environment that there is not": {check.Options{Select: []string{"production"}}, `there is no environment "production"`},
		"a model that there is not":        {check.Options{Select: []string{"prod/ekho"}}, `there is no model "prod/ekho"; did you mean prod/echo?`},
		"a directory without environments": {check.Options{Layout: layout("elsewhere")},
			"there are no environments in elsewhere, neither before nor after the change; run this in a clone of the repository, or give --path"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			h.change("Change nothing")
			if report, err := h.run(c.options); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v, %v\nwant %s", report, err, c.want)
			}
		})
	}
}

// How many units change is counted in all of the environment, whichever are shown.
func TestPoliciesCountUnitsThatWereNotSelected(t *testing.T) {
	h := newHistory(t, files{"environments/prod/environment.yaml": environment("prod", "policies: [{name: max-change-size, params: {units: 1}}]")})
	h.change("Change both", files{"environments/prod/echo/model.yaml": echo("echo", "2.0"), "environments/prod/parrot/model.yaml": echo("parrot", "2.0")})
	wantBrief(t, h.check(check.Options{Select: []string{"prod/echo"}}), "Hold; prod/echo release Hold; 0 not")
}
