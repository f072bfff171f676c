package source_test

import (
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
)

// What a name means is what git says.
func TestResolveAgreesWithGit(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", one("a", "1"))
	c.git("tag", "light")
	c.commit("second", one("a", "2"))
	c.git("tag", "-a", "-m", "annotated", "v1")
	c.git("tag", "-a", "-m", "nested", "v2", "v1")
	c.git("checkout", "--quiet", "-b", "team/topic")
	c.commit("topic", one("b", "1"))
	c.git("checkout", "--quiet", "main")
	c.commit("third", one("a", "3"))
	c.git("merge", "--quiet", "--no-ff", "-m", "merge", "team/topic")
	c.git("update-ref", "refs/pull/1/merge", "HEAD")
	dir, _, _ := cloned(c, "clone", "--quiet", c.dir)
	c = c.in(dir)
	c.git("fetch", "--quiet", "origin", "team/topic")
	clone, head := c.open(), c.head()
	for _, rev := range []string{
		"HEAD", "@", "main", "origin/main", "origin", "origin/team/topic", "refs/heads/main", "heads/main", "refs/remotes/origin/main",
		"light", "v1", "v2", "tags/v1", "v1^{}", "v1^{commit}", "FETCH_HEAD", head, head[:7], head[:9], head + "^2",
		"HEAD^", "HEAD^1", "HEAD^2", "HEAD~1", "HEAD~2", "HEAD~", "HEAD^^", "HEAD^2~1", "HEAD^0", "HEAD~0", "v1~1",
		"@{upstream}", "@{u}", "main@{upstream}", "main@{u}~1", "HEAD@{UPSTREAM}",
	} {
		want := c.git("rev-parse", "--verify", rev+"^{commit}")
		snap, err := clone.Resolve(rev)
		if err != nil {
			t.Errorf("%s: %v", rev, err)
			continue
		}
		if got := snap.Commit().Hash; got != want {
			t.Errorf("%s is %s, git says %s", rev, got, want)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	c := newCheckout(t)
	c.commit("first", one("a", "1"))
	c.git("update-ref", "refs/remotes/origin/main", "HEAD")
	c.git("tag", "origin/evil")
	c.git("update-ref", "refs/remotes/origin/evil", "HEAD")
	c.git("tag", c.head()[:7])
	c.git("tag", "tree", "HEAD^{tree}")
	clone := c.open()
	for rev, want := range map[string]string{
		"":                         "it is not a revision",
		"nothing":                  "there is no such commit, nor any of refs/nothing, refs/tags/nothing, refs/heads/nothing, refs/remotes/nothing, refs/remotes/nothing/HEAD",
		"refs/none":                "nor any of refs/none;",
		"origin/evil":              "it could be any of refs/tags/origin/evil, refs/remotes/origin/evil; give the full name",
		c.head()[:7]:               "it could be any of refs/tags/" + c.head()[:7] + ", commit " + c.head(),
		"HEAD~1":                   "has 0 parents",
		"HEAD^3":                   "has 0 parents",
		"HEAD~9999999999999999999": "is too far",
		"main@{u}":                 `branch "main" follows no other`,
		"FETCH_HEAD":               "nothing was fetched",
		"tree":                     "it is a tree",
		"../HEAD":                  "there is no such commit",
		"main:a":                   "there is no such commit",
		"a..b":                     "there is no such commit",
		"0000000000000000000000000000000000000001": "no such commit is in the clone",
	} {
		_, err := clone.Resolve(rev)
		if source.KindOf(err) != source.CommitMissing {
			t.Errorf("%q: %v", rev, err)
			continue
		}
		mentions(t, err.Error(), want)
	}
}

func TestNoCommitYet(t *testing.T) {
	c := newCheckout(t)
	clone := c.open()
	for name, err := range map[string]error{
		"Resolve":     second(clone.Resolve("HEAD")),
		"DefaultBase": second(c.maybeBase()),
	} {
		if source.KindOf(err) != source.RepositoryEmpty {
			t.Errorf("%s said %v", name, err)
		}
	}
	c.write(one("prod/a", "1"))
	dirty(t, clone, []string{"prod/a"})
}

// maybeBase asks for the base in a given environment of name and value pairs.
func (c checkout) maybeBase(environment ...string) (string, error) {
	c.t.Helper()
	clone, err := source.OpenClone(c.dir)
	if err != nil {
		return "", err
	}
	defer clone.Close()
	return clone.DefaultBase(func(name string) string {
		for i := 0; i < len(environment); i += 2 {
			if environment[i] == name {
				return environment[i+1]
			}
		}
		return ""
	}, "prod")
}

func (c checkout) base(want string, environment ...string) {
	c.t.Helper()
	if got, err := c.maybeBase(environment...); got != want || err != nil {
		c.t.Errorf("with %q the base is %q, %v; want %q", environment, got, err, want)
	}
}

// fork makes a remote with two commits on main and one on release, and a clone.
func fork(t *testing.T) (origin, c checkout) {
	origin = newCheckout(t)
	origin.commit("first", one("prod/a", "1"))
	origin.git("branch", "release")
	origin.commit("second", one("prod/a", "2"))
	dir, _, _ := cloned(origin, "clone", "--quiet", origin.dir)
	return origin, origin.in(dir)
}

func TestDefaultBase(t *testing.T) {
	const main, release = "refs/remotes/origin/main", "refs/remotes/origin/release"
	t.Run("on main after a merge", func(t *testing.T) {
		_, c := fork(t)
		c.base("HEAD^1")
		c.git("checkout", "--quiet", "--detach")
		c.base("HEAD^1")
		c.git("checkout", "--quiet", "HEAD^1")
		c.base("") // the first commit: nothing was there before
		c.git("checkout", "--quiet", "-B", "main", "origin/main")
		c.write(one("report.sarif", "not below the paths"))
		c.base("HEAD^1")
		c.write(one("prod/new", "not committed"))
		c.base("HEAD")
		c.commit("third", nil)
		c.base(main) // not pushed yet
	})
	t.Run("on a branch", func(t *testing.T) {
		_, c := fork(t)
		c.git("checkout", "--quiet", "-b", "topic")
		c.base(main) // nothing is changed yet
		c.write(one("prod/a", "3"))
		c.base("HEAD")
		c.commit("topic", nil)
		c.base(main)
		c.write(one("prod/a", "4"))
		c.base(main)
	})
	t.Run("in CI", func(t *testing.T) {
		_, c := fork(t)
		c.git("checkout", "--quiet", "-b", "topic")
		head := c.commit("topic", one("prod/a", "3"))
		c.base(release, "GITHUB_BASE_REF", "release")
		c.base(release, "CHANGE_TARGET", "release")
		c.base(release, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "release", "CI_MERGE_REQUEST_DIFF_BASE_SHA", head)
		parent := c.git("rev-parse", "HEAD^")
		c.base(parent, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "none", "CI_MERGE_REQUEST_DIFF_BASE_SHA", parent)
		c.base(parent, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", parent, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "release")
		_, err := c.maybeBase("GITHUB_BASE_REF", "none")
		if source.KindOf(err) != source.CommitMissing {
			t.Fatalf("a branch that was not fetched: %v", err)
		}
		mentions(t, err.Error(), `GITHUB_BASE_REF is "none"`, "fetch-depth: 0", "git fetch origin none:refs/remotes/origin/none")
	})
	t.Run("by name", func(t *testing.T) {
		_, c := fork(t)
		c.git("checkout", "--quiet", "-b", "topic")
		c.commit("topic", one("prod/a", "3"))
		c.git("tag", "origin/main") // as somebody may who can push tags
		c.base(main)
		c.git("symbolic-ref", "refs/remotes/origin/HEAD", release)
		c.base(release)
		c.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/none")
		c.base(main)
		c.git("remote", "remove", "origin")
		c.base("refs/heads/main")
		c.git("branch", "--quiet", "-m", "main", "trunk")
		_, err := c.maybeBase()
		if source.KindOf(err) != source.CommitMissing {
			t.Fatalf("no branch to merge into: %v", err)
		}
		mentions(t, err.Error(), "refs/remotes/origin/main", "refs/heads/master", "name the revision")
	})
	t.Run("bare", func(t *testing.T) {
		origin, _ := fork(t)
		dir, _, _ := cloned(origin, "clone", "--quiet", "--bare", origin.dir)
		origin.in(dir).base("HEAD^1")
		if _, err := origin.in(dir).open().WorkTree(); source.KindOf(err) != source.CloneRefused {
			t.Errorf("a bare clone has a work tree: %v", err)
		}
	})
}

// depthOne makes a clone of the last commit only.
func depthOne(c checkout) string {
	dir, _, _ := cloned(c, "clone", "--quiet", "--depth", "1", "file://"+c.dir)
	return dir
}
