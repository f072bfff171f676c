package audit_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

func TestAClonePerhapsHasNoRecords(t *testing.T) {
	w := newWorld(t).begin()
	for _, environment := range []string{"dev", "prod"} {
		if err := w.repo.DeleteBranch(records.Branch(environment)); err != nil {
			t.Fatal(err)
		}
		w.commit(2, "List none", files{"environments/" + environment + "/environment.yaml": "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: " + environment + "}\nspec: {namespace: models-" + environment + "}\n"})
	}
	if _, err := w.open(); !errors.Is(err, audit.ErrNoRecords) || !strings.Contains(err.Error(), audit.Fetch) {
		t.Errorf("%v", err)
	}
	w.commit(2, "Leave", files{"environments": ""})
	if _, err := w.open(); err == nil || !strings.Contains(err.Error(), "there is no environments in main") {
		t.Errorf("%v", err)
	}
	w.config = func(c *audit.Config) { c.Revision = "nowhere" }
	if _, err := w.open(); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("%v", err)
	}
}

// gitClone makes a clone with the real git.
func gitClone(t *testing.T, w *world, args ...string) *source.Clone {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	cmd := exec.Command("git", append(append([]string{"clone", "--quiet"}, args...), "file://"+w.repo.Dir(), dir)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v: %s", err, out)
	}
	clone, err := source.OpenClone(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clone.Close() })
	return clone
}

func TestAShallowCloneSaysWhatItCannotTell(t *testing.T) {
	w := newWorld(t).begin()
	w.config = func(c *audit.Config) {
		c.Clone, c.Revision = gitClone(t, w, "--depth=1", "--no-single-branch", "--branch=main"), "HEAD"
	}
	v := w.verify()
	if v.Outcome() != audit.Untold || v.Standing("prod").Git == nil && v.Standing("prod").Status != audit.Unreadable {
		t.Errorf("%s:\n%s", v.Outcome(), text(t, v.WriteText))
	}
	wantText(t, text(t, v.WriteText), "git fetch --unshallow", "could not be verified completely")
	w.config = func(c *audit.Config) { c.Clone, c.Revision = gitClone(t, w, "--depth=1", "--branch=main"), "HEAD" }
	if v := w.verify(); v.Standing("prod").Status != audit.Missing {
		t.Errorf("a clone of one branch:\n%s", text(t, v.WriteText))
	}
	w.config = func(c *audit.Config) { c.Clone, c.Revision = gitClone(t, w, "--branch=main"), "HEAD" }
	if v := w.verify(); v.Outcome() != audit.Holds {
		t.Errorf("a whole clone:\n%s", text(t, v.WriteText))
	}
}
