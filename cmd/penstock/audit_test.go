package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// audited is a repository with an environment prod, whose agent has recorded that a release was applied and is healthy.
type audited struct {
	*gitserver.TestRepository
	key  ssh.Signer
	head records.Head
}

var auditNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newAudited(t *testing.T) *audited {
	t.Helper()
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	a := &audited{TestRepository: gitserver.ForTest(t), key: key}
	public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))
	source := a.Commit(gitserver.Change{Branch: "main", Message: "Begin", When: auditNoon, Files: map[string]string{
		"environments/prod/environment.yaml": "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  namespace: models-prod\n  records: {keys: [{publicKey: " + public + "}]}\n"}})
	for i, kind := range []records.Kind{records.Applied, records.Healthy} {
		a.record(t, records.Fact{Kind: kind, Model: "echo", Time: auditNoon.Add(time.Duration(i) * time.Minute), Data: records.Data{
			Message: "it is so", Source: &records.Source{Commit: source}, Release: &records.Release{ID: "rel-3f2a91c", Digest: "3f2a91c" + strings.Repeat("0", 57)}}})
	}
	auditClock = func() time.Time { return auditNoon.Add(time.Hour + 999*time.Microsecond) }
	t.Cleanup(func() { auditClock = time.Now })
	t.Chdir(a.Dir())
	return a
}

// record writes a fact, as an agent does.
func (a *audited) record(t *testing.T, f records.Fact) {
	t.Helper()
	f.Environment, f.ID = "prod", records.NewID(string(f.Kind), f.Time.String())
	c, err := records.Append(a.head, "prod", []records.Fact{f}, nil, f.Time)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, data := range c.Files {
		files[name] = string(data)
	}
	id := a.Commit(gitserver.Change{Branch: records.Branch("prod"), Message: c.Message, Author: gitserver.Person{Name: c.Name, Email: c.Email}, When: c.Time, Files: files, Signer: a.key})
	a.head = c.Committed(id)
}

// breakIt adds a commit that no agent made.
func (a *audited) breakIt() string {
	return a.Commit(gitserver.Change{Branch: records.Branch("prod"), Message: "Add", Files: map[string]string{"note.txt": "x"}})
}

func TestAuditVerifyExitsByWhatItFinds(t *testing.T) {
	a := newAudited(t)
	code, stdout, stderr := penstock(t, "audit", "verify")
	if code != exitOK || stderr != "" || !strings.Contains(stdout, "hold, and Git agrees") {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, _ := penstock(t, "audit", "verify", "--chain-only", "prod"); code != exitOK || !strings.Contains(stdout, "the signatures and chains of 1 environment hold") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	bad := a.breakIt()
	code, stdout, stderr = penstock(t, "audit", "verify")
	if code != exitInvalid || stderr != "" || !strings.Contains(stdout, bad) {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	code, stdout, stderr = penstock(t, "audit", "verify", "-o", "html="+page)
	if code != exitInvalid || stdout != "" || !strings.HasPrefix(stderr, "error: WRONG") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if content, err := os.ReadFile(page); err != nil || !strings.Contains(string(content), bad) {
		t.Errorf("the page lacks it (%v)", err)
	}
}

func TestWhatWasNotedIsComparedTheNextTime(t *testing.T) {
	a := newAudited(t)
	code, noted, _ := penstock(t, "audit", "verify", "--pin")
	if code != exitOK || strings.Count(noted, "\n") != 1 || !strings.HasPrefix(noted, "prod=2:sha256:") {
		t.Fatalf("exit code %d: %s", code, noted)
	}
	file := filepath.Join(t.TempDir(), "noted.txt")
	if err := os.WriteFile(file, []byte(noted), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := penstock(t, "audit", "verify", "--expect", "@"+file); code != exitOK || !strings.Contains(stdout, "still there") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	if err := a.DeleteBranch(records.Branch("prod")); err != nil {
		t.Fatal(err)
	}
	a.head = records.Head{}
	a.record(t, records.Fact{Kind: records.Degraded, Model: "echo", Time: auditNoon, Data: records.Data{Message: "it failed"}})
	if code, stdout, _ := penstock(t, "audit", "verify", "--expect", strings.TrimSpace(noted)); code != exitInvalid || !strings.Contains(stdout, "NOT there") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

func TestAuditQuestionsAreAnsweredInEachFormat(t *testing.T) {
	newAudited(t)
	for _, question := range [][]string{{"verify"}, {"log"}, {"log", "prod/echo"}, {"at", "2026-11-23", "prod"}, {"at", "now", "prod"}, {"release", "rel-3f2a91c"}} {
		page := filepath.Join(t.TempDir(), "page.html")
		code, stdout, stderr := penstock(t, append(append([]string{"audit"}, question...), "-o", "json", "--html", page)...)
		if code != exitOK || !json.Valid([]byte(stdout)) {
			t.Errorf("%v: exit code %d\n%s%s", question, code, stdout, stderr)
		}
		if content, err := os.ReadFile(page); err != nil || !strings.HasPrefix(string(content), "<!DOCTYPE html>") {
			t.Errorf("%v: no page (%v)", question, err)
		}
		if code, stdout, _ := penstock(t, append([]string{"audit"}, question...)...); code != exitOK || !strings.Contains(stdout, "penstock/records/prod: Verified") {
			t.Errorf("%v: exit code %d\n%s", question, code, stdout)
		}
	}
}

func TestOfABrokenBranchNothingIsToldUnlessAskedFor(t *testing.T) {
	a := newAudited(t)
	a.breakIt()
	for _, question := range [][]string{{"log"}, {"at", "now", "prod"}, {"release", "rel-3f2a91c"}, {"replay", "prod", "1"}, {"replay", "--all", "prod"}} {
		code, stdout, stderr := penstock(t, append([]string{"audit"}, question...)...)
		if code != exitInvalid || stdout != "" || !strings.Contains(stderr, "are not to be relied on") || !strings.Contains(stderr, "--unverified") {
			t.Errorf("%v: exit code %d\n%s%s", question, code, stdout, stderr)
		}
	}
	if code, stdout, stderr := penstock(t, "audit", "log", "--unverified"); code != exitOK || !strings.Contains(stdout, "[BROKEN BRANCH] 2026-11-23T12:00:00Z prod/echo #1 Applied") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestAuditRefusesWhatItCannotMean(t *testing.T) {
	newAudited(t)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ args, want string }{
		{"verify nowhere", `error: there is no environment "nowhere" with records; there are prod`},
		{"verify -o xml", "error: --output xml: expected text, json or html"},
		{"verify -o json=", "error: --output json=: expected a file behind ="},
		{"verify --expect prod", "error: --expect: \"prod\" is not a pin"},
		{"verify --expect @missing", "error: --expect: open missing"},
		{"verify --keys missing", "error: reading the keys: open missing"},
		{"verify --keys " + keys, "error: reading the keys: "},
		{"verify --revision nowhere", `error: finding "nowhere"`},
		{"verify --clone /", "error: "},
		{"verify --path elsewhere", "error: there is no elsewhere in HEAD"},
		{"log prod/", `error: "prod/" is no environment and no model`},
		{"log prod --since tomorrow", `error: --since: "tomorrow" is no time`},
		{"log prod --since 2026-11-02 --until 2026-11-01", "error: --until 2026-11-01 is before --since 2026-11-02"},
		{"log prod --kind Deployed", `error: --kind: "Deployed" is no kind of fact`},
		{"log prod/parrot", `error: no fact of prod is about a model "parrot"`},
		{"at yesterday prod", `error: "yesterday" is no time`},
		{"at 2027-01-01 prod", "error: 2027-01-01T23:59:59Z is yet to come"},
		{"at now", "error: accepts 2 arg(s), received 1"},
		{"release echo", `error: "echo" is no release`},
		{"replay prod", "error: name the environment and the number of the fact"},
		{"replay prod one", `error: "one" is no number of a fact`},
		{"replay prod#9", "error: there is no fact 9 of prod; there are 1 to 2"},
		{"replay prod 1 --all", "error: --all replays all facts of an environment"},
		{"replay prod 1", "error: fact 1 of prod (Applied: it is so) has nothing to replay"},
	} {
		code, stdout, stderr := penstock(t, append([]string{"audit"}, strings.Fields(test.args)...)...)
		if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, test.want) {
			t.Errorf("%s: exit code %d\nstdout %s\nstderr %s", test.args, code, stdout, stderr)
		}
	}
}

func TestAuditSaysHowToFetchRecords(t *testing.T) {
	inReference(t)
	repo := gitserver.ForTest(t)
	repo.Commit(gitserver.Change{Branch: "main", Message: "Begin", FS: os.DirFS(".")})
	code, _, stderr := penstock(t, "audit", "verify", "--clone", repo.Dir())
	if code != exitFailed || !strings.Contains(stderr, audit.Fetch) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
