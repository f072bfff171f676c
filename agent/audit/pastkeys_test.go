package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
)

func TestAKeyThatWasTakenOffTheListIsExplained(t *testing.T) {
	w := newWorld(t).begin()
	gone := w.later(time.Hour).commit(2, "Rotate the key", files{"environments/prod/environment.yaml": environment(t, "prod", 13)})
	w.later(time.Hour).commit(2, "Say hello", files{"README.md": "hello"})
	v := w.verify()
	s := v.Standing("prod")
	if s.Status != audit.Broken || s.Fault.Kind != records.ForeignKey {
		t.Fatalf("%+v", s)
	}
	wantText(t, s.Hint, gone[:12], "validBefore", publicOf(t, 12), "--keys FILE")
	w.config = func(c *audit.Config) {
		file, problems := audit.ParseKeys("mine", []byte("# of prod\n"+publicOf(t, 12)+"\n"+publicOf(t, 11)+"\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		c.Keys = file
	}
	if v := w.verify(); v.Outcome() != audit.Holds || v.Standing("prod").KeysFrom != "mine" {
		t.Errorf("with a list of one's own:\n%s", text(t, v.WriteText))
	}
	w.config = func(c *audit.Config) { c.Revision = gone + "~1" }
	if v := w.verify(); v.Standing("prod").Status != audit.Verified {
		t.Errorf("at an older revision:\n%s", text(t, v.WriteText))
	}
}

func TestAKeyThatWasNeverListedIsAForgery(t *testing.T) {
	w := newWorld(t).begin()
	w.later(time.Hour).commit(2, "Say hello", files{"README.md": "hello"})
	prod := w.agent("prod")
	prod.key = 9
	prod.failed("echo").write()
	wantText(t, w.verify().Standing("prod").Hint, "never listed for prod in the history of main")
}

func TestKeysThatNobodyListsAreToldAndNothingIsVerified(t *testing.T) {
	for name, test := range map[string]struct {
		change func(w *world)
		says   string
	}{
		"no keys in the file": {func(w *world) {
			w.commit(2, "List none", files{"environments/prod/environment.yaml": environment(t, "prod", 0)})
		}, "has no spec.records.keys"},
		"no environment": {func(w *world) {
			w.commit(2, "Drop prod", files{"environments/prod/environment.yaml": "", "environments/prod/echo/model.yaml": ""})
		}, "there is no environment prod"},
		"a broken environment": {func(w *world) { w.commit(2, "Break prod", files{"environments/prod/environment.yaml": "spec: [\n"}) }, "the environment file is broken"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).begin()
			test.change(w)
			s := w.verify().Standing("prod")
			if s.Status != audit.NoKeys || !strings.Contains(s.Problem, test.says) || s.Facts != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}
