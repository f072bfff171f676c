package promote_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
	"golang.org/x/crypto/ssh"
)

func TestACommitIsMadeWithoutTouchingAnything(t *testing.T) {
	p := newPerson(t)
	p.put("environments/prod/llama/release.yaml", "half-way\n")
	p.put("environments/prod/llama/placement.yaml", "staged\n")
	p.in("add", "environments/prod/llama/placement.yaml")
	p.put("new.txt", "new\n")
	p.put(".gitattributes", "*.yaml filter=shout text eol=crlf\n")
	p.in("config", "filter.shout.clean", "tr a-z A-Z")
	p.in("config", "core.autocrlf", "true")
	before := p.work()
	t.Setenv("GIT_DIR", t.TempDir()) // as in a hook
	t.Setenv("GIT_INDEX_FILE", filepath.Join(t.TempDir(), "index"))
	p.open()
	id := p.make()
	os.Unsetenv("GIT_DIR")
	os.Unsetenv("GIT_INDEX_FILE")
	if p.work() != before {
		t.Errorf("it touched something:\n%s", p.in("status"))
	}
	plan, at := p.plan()
	made, err := p.clone.At(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := made.Changes(at)
	if err != nil || len(changes) != 1 || changes[0].Path != plan.Target {
		t.Errorf("%+v, %v", changes, err)
	}
	if data, err := fs.ReadFile(made, plan.Target); err != nil || !bytes.Equal(data, plan.Data) {
		t.Errorf("%v\n%s", err, data)
	}
	if got := p.in("log", "-1", "--format=%an %ae %P%n%B", id); got != "Grace grace@example.com "+at.Commit().Hash+"\nPromote\n\nBecause." {
		t.Error(got)
	}
}

func TestTheCommitIsSignedAsTheUserSignsTheirs(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip(err)
	}
	p := newPerson(t)
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(p.home, "id")
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	p.put(filepath.Join(p.home, "signers"), "grace@example.com "+string(ssh.MarshalAuthorizedKey(public)))
	for name, value := range map[string]string{"gpg.format": "ssh", "user.signingkey": key, "gpg.ssh.allowedSignersFile": filepath.Join(p.home, "signers")} {
		p.in("config", name, value)
	}
	if out := p.in("cat-file", "commit", p.make()); strings.Contains(out, "gpgsig") {
		t.Error("it is signed although nobody asked for it")
	}
	p.in("config", "commit.gpgsign", "yes")
	if out := p.in("verify-commit", "--verbose", p.make()); !strings.Contains(out, `Good "git" signature for grace@example.com`) {
		t.Error(out)
	}
	p.in("config", "user.signingkey", filepath.Join(p.home, "missing"))
	plan, at := p.plan()
	if id, err := p.clone.Commit(t.Context(), at, plan.Files(), "Promote\n"); err == nil || !strings.Contains(err.Error(), "making the commit: git commit-tree failed: ") {
		t.Errorf("%s, %v", id, err)
	}
}

func TestAPushMovesTheBranchFromJustWhereItWasSeen(t *testing.T) {
	p := newPerson(t)
	p.put(".git/hooks/pre-push", "#!/bin/sh\necho the hook of the user >&2\n")
	p.in("tag", "-a", "-m", "A tag of theirs", "mine")
	first, second := p.make(), ""
	before := p.work()
	push := func(old, commit string, want source.Kind) {
		t.Helper()
		if err := p.clone.Push(t.Context(), branch, old, commit); source.KindOf(err) != want || want == 0 && err != nil {
			t.Errorf("from %.7q to %.7s: %v", old, commit, err)
		}
	}
	head := func(want string) {
		t.Helper()
		if got, err := p.Head(branch); err == nil && got != want || err != nil && want != "" {
			t.Errorf("the branch is at %q, want %q", got, want)
		}
		if got, err := p.clone.Tip(t.Context(), branch); err != nil || got != want {
			t.Errorf("it is seen at %q, want %q; %v", got, want, err)
		}
	}
	head("")
	push("", first, 0)
	head(first)
	if !strings.Contains(p.said.String(), "the hook of the user") {
		t.Errorf("git said %q", p.said.String())
	}
	push("", first, 0) // again, as after an answer that was lost
	p.write("Something else", map[string]string{"README.md": "Models.\n"})
	if err := p.clone.Fetch(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	second = p.make()
	push("", second, source.PushOvertaken)
	push(second, second, source.PushOvertaken)
	head(first)
	push(first, second, 0) // which does not contain it
	head(second)
	if err := p.clone.Delete(t.Context(), branch, first); source.KindOf(err) != source.PushOvertaken {
		t.Error(err)
	}
	if err := p.clone.Delete(t.Context(), branch, second); err != nil {
		t.Error(err)
	}
	head("")
	if err := p.clone.Delete(t.Context(), branch, second); err != nil {
		t.Errorf("it is gone already: %v", err)
	}
	if tags, _ := p.Git(nil, "tag"); tags != "" || p.work() != before {
		t.Errorf("tags %q were pushed, or something of the user's was touched", tags)
	}
}

func TestARefusedPushSaysWhy(t *testing.T) {
	p := newPerson(t)
	p.put(filepath.Join(p.Dir(), "hooks/pre-receive"), "#!/bin/sh\necho the branch is protected >&2\nexit 1\n")
	err := p.clone.Push(t.Context(), branch, "", p.make())
	if source.KindOf(err) != source.PushRefused || !strings.Contains(err.Error(), "the branch is protected") {
		t.Error(err)
	}
}

func TestAPersonAndAnAgentAgreeOnOnePromotion(t *testing.T) {
	p := newPerson(t)
	s := &stage{repository: p.repository}
	s.hub, s.front = &hub{repo: p.repository}, p.HTTP(gitserver.HTTP{})
	s.agent, s.store = s.newAgent()
	wanted := p.wanted()
	result, err := promote.Reconcile(t.Context(), p.clone, s.hub, wanted)
	if err != nil || result.Commit != wanted.Commit || result.State != promote.Proposed {
		t.Fatalf("%+v, %v", result, err)
	}
	s.hub.story()
	s.want(promote.Proposed, "", "") // the agent is content with what the person did
	s.release("staging", "8192", "4096")
	ours := s.want(promote.Proposed, "pushed updated", "#1 updated")
	wanted = p.wanted() // and the person with what the agent did
	if result, err = promote.Reconcile(t.Context(), p.clone, s.hub, wanted); err != nil || result.Commit != ours.Commit || len(result.Did) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

// wanted is what the person wants, with the commit that they have made.
func (p *person) wanted() promote.Wanted {
	p.Helper()
	if err := p.clone.Fetch(p.Context(), "main"); err != nil {
		p.Fatal(err)
	}
	plan, at := p.plan()
	story, err := promote.Tell(p.Context(), plan, at, p.clone.History(), p.clone.Source().At, nil, nil)
	if err != nil {
		p.Fatal(err)
	}
	id, err := p.clone.Commit(p.Context(), at, plan.Files(), story.Message())
	if err != nil {
		p.Fatal(err)
	}
	return promote.Wanted{To: "prod", Model: "llama", Into: "main", Target: at, Plan: plan, Text: story.Text(nil), Commit: id}
}

func TestTheMainBranchIsThatOfTheRemote(t *testing.T) {
	p := newPerson(t)
	for _, prepare := range []func(){
		func() {}, func() { p.in("remote", "set-head", "origin", "--delete") }, func() { p.clone.Offline = true },
	} {
		prepare()
		if name, err := p.clone.MainBranch(t.Context()); name != "main" || err != nil {
			t.Errorf("%q, %v", name, err)
		}
	}
	p.in("update-ref", "-d", "refs/remotes/origin/main")
	if name, err := p.clone.MainBranch(t.Context()); err == nil || !strings.Contains(err.Error(), "name it with --into") {
		t.Errorf("%q, %v", name, err)
	}
}

func TestWithoutANetworkWhatWasSeenLastIsUsed(t *testing.T) {
	p := newPerson(t)
	id := p.make()
	if err := p.clone.Push(t.Context(), branch, "", id); err != nil {
		t.Fatal(err)
	}
	if err := p.clone.Fetch(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	if err := p.Repository.DeleteBranch(branch); err != nil {
		t.Fatal(err)
	}
	p.clone.Offline = true
	if tip, err := p.clone.Tip(t.Context(), branch); tip != id || err != nil {
		t.Errorf("%s, %v", tip, err)
	}
	p.clone.Offline = false
	p.in("remote", "set-url", "origin", "http://127.0.0.1:1/none.git")
	if err := p.clone.Fetch(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "fetching main: git fetch failed: ") || !strings.HasSuffix(err.Error(), "with --offline what was fetched before is used") {
		t.Error(err)
	}
}
