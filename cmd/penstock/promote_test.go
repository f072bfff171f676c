package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const (
	stagingRelease = "environments/staging/llama-3-8b/release.yaml"
	prodEnv        = "environments/prod/environment.yaml"
	promoted       = "penstock/promote/prod/llama-3-8b"
)

// promoting is a clone of the reference tree, in which staging has a newer llama-3-8b than prod.
type promoting struct {
	testing.TB
	server *gitserver.TestRepository
}

// asPromoter changes to a clone of a real server.
func asPromoter(t *testing.T) *promoting {
	t.Helper()
	inRepository(t)
	for _, name := range []string{"GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN"} {
		t.Setenv(name, "")
	}
	git(t, "switch", "--quiet", "main")
	replace(t, stagingRelease, "v0.11.0@sha256:014a95f21c9edf6abe0aea6b07353f96baa4ec291c427bb1176dc7c93a85845c", "v0.14.0@sha256:1d6866b87630d94f5e0cdae55ab5abb4ce0b03fcb84d9d10612f9d518d19d4fd")
	commitAll(t, "Try vLLM 0.14 in staging")
	p := &promoting{TB: t, server: gitserver.ForTest(t)}
	git(t, "remote", "add", "origin", p.server.HTTP(gitserver.HTTP{}).URL)
	git(t, "push", "--quiet", "origin", "main")
	return p
}

// push commits everything and pushes main.
func (p *promoting) push(t *testing.T, message string) {
	t.Helper()
	commitAll(t, message)
	git(t, "push", "--quiet", "origin", "main")
}

// tip is where the branch of the promotion is on the server; empty without one.
func (p *promoting) tip() string {
	head, err := p.server.Head(promoted)
	if err != nil {
		return ""
	}
	return head
}

func TestPromotePushesABranchAndLeavesTheCloneAlone(t *testing.T) {
	p := asPromoter(t)
	git(t, "switch", "--quiet", "-c", "mine")
	put(t, stagingRelease, "half-way")
	put(t, "staged", "x")
	git(t, "add", "staged")
	before := git(t, "status", "--porcelain", "--branch") + git(t, "for-each-ref", "refs/heads")
	wantCheck(t, exitOK, "promote llama-3-8b --to prod", "Promote llama-3-8b rel-19b1e6a from staging to prod\n", "  replaces  rel-37e42e2\n",
		"Try vLLM 0.14 in staging, ", "\nGATE ", "8 gates: 8 open\n", "\npushed ", "open a pull request from "+promoted+" into main; which forge it is, the URL of the remote does not tell; give --forge")
	if after := git(t, "status", "--porcelain", "--branch") + git(t, "for-each-ref", "refs/heads"); after != before {
		t.Errorf("was\n%s\nis\n%s", before, after)
	}
	tip := p.tip()
	if got := git(t, "show", "--format=%an %s", "--name-only", tip); got != "Ada Promote llama-3-8b rel-19b1e6a from staging to prod\n\n"+release {
		t.Error(got)
	}
	if got, want := git(t, "rev-parse", tip+":"+release), git(t, "rev-parse", "main:"+stagingRelease); got != want {
		t.Error("it is not the same, byte for byte")
	}
	wantCheck(t, exitOK, "promote llama-3-8b --from staging --to prod", "open a pull request from")
	if p.tip() != tip {
		t.Error("it was pushed again")
	}
}

func TestADryRunShowsTheGatesAndDoesNothing(t *testing.T) {
	p := asPromoter(t)
	wantCheck(t, exitOK, "promote llama-3-8b --to prod --dry-run", "gpu-fit            open\n", "8 gates: 8 open\n")
	replace(t, prodEnv, "  policies:\n", "  policies:\n  - name: approvals\n  - name: soak-time\n  - name: change-window\n")
	replace(t, prodEnv, "  namespace:", "  windows:\n  - {name: never, kind: Promotion, schedule: \"0 0 1 1 *\", duration: 1m, timeZone: Europe/Berlin}\n  namespace:")
	p.push(t, "Be strict")
	stdout := wantCheck(t, exitInvalid, "promote llama-3-8b --to prod --dry-run", "approvals          waits for people\n", "change-window      opens 20", "soak-time          closed\n",
		"11 gates: 8 open; 1 waiting for people; 1 opening later, the first at 20", "; 1 closed\n", "approvals: approved by 0 of 1 people: ask somebody", "note: how releases are in other environments is not known here")
	for _, line := range strings.Split(stdout, "\n") {
		if gate := strings.Index(line, "  open"); gate > 0 && len(line) > 120 {
			t.Errorf("a row has %d characters", len(line))
		}
	}
	var report struct {
		Release, Commit, Verdict, State string
		Ready                           bool
		Again                           *time.Time
		Gates                           []struct{ Name, State string }
	}
	code, stdout, stderr := penstock(t, "promote", "llama-3-8b", "--to", "prod", "--dry-run", "-o", "json")
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitInvalid {
		t.Fatal(code, err, stdout, stderr)
	}
	if report.Release != "rel-19b1e6a" || report.Verdict != "Hold" || report.Ready || report.Again == nil || len(report.Gates) != 11 || report.Commit == "" || report.State != "" {
		t.Errorf("%+v", report)
	}
	wantCheck(t, exitInvalid, "promote llama-3-8b --to prod", "error: it is not proposed, since gates are closed that wait for nobody")
	if p.tip() != "" {
		t.Error("something was pushed")
	}
	wantCheck(t, exitOK, "promote llama-3-8b --to prod --anyway", "open a pull request from")
	if body := git(t, "log", "-1", "--format=%B", p.tip()); !strings.Contains(body, "It is proposed\nanyway.") && !strings.Contains(body, "It is proposed anyway.") {
		t.Error(body)
	}
}

func TestWhatWaitsForPeopleIsProposed(t *testing.T) {
	p := asPromoter(t)
	replace(t, prodEnv, "  policies:\n", "  policies:\n  - name: approvals\n  - name: signed-by-author\n")
	p.push(t, "Ask people")
	wantCheck(t, exitOK, "promote llama-3-8b --to prod", "10 gates: 8 open; 2 waiting for people\n", "the commit ", " has no valid signature", "open a pull request from")
	if p.tip() == "" {
		t.Error("nothing was pushed")
	}
}

func TestEvidenceOfRecordsIsBelievedAndNamed(t *testing.T) {
	p := asPromoter(t)
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	replace(t, prodEnv, "  policies:\n", "  evidence:\n  - environment: staging\n    keys:\n    - publicKey: "+public+"\n  policies:\n  - name: soak-time\n  - name: promoted-from\n")
	p.push(t, "Believe staging")
	about := &records.Release{ID: "rel-19b1e6a", Digest: "19b1e6aca147daed7b3a6a3b2a838d2ce1437c8ff5181d6a349bafb8c22ae655"}
	since := time.Now().UTC().Add(-50 * time.Hour).Truncate(time.Second)
	var facts []records.Fact
	for i, kind := range []records.Kind{records.Admitted, records.Applied, records.Healthy} {
		facts = append(facts, records.Fact{
			ID: records.NewID("test", string(kind)), Kind: kind, Environment: "staging", Model: "llama-3-8b", Time: since.Add(time.Duration(i) * time.Minute),
			Data: records.Data{Message: string(kind), Release: about, Source: &records.Source{Commit: git(t, "rev-parse", "main")}},
		})
	}
	c, err := records.Append(records.Head{}, "staging", facts, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, data := range c.Files {
		files[name] = string(data)
	}
	tip := p.server.Commit(gitserver.Change{Branch: records.Branch("staging"), Message: c.Message, Author: gitserver.Person{Name: c.Name, Email: c.Email}, When: c.Time, Files: files, Signer: signer})
	wantCheck(t, exitOK, "promote llama-3-8b --to prod", "soak-time          open\n", "promoted-from      open\n", "10 gates: 10 open\n")
	body := git(t, "log", "-1", "--format=%B", p.tip())
	for _, part := range []string{"rel-19b1e6a has been healthy in staging since " + since.Add(2*time.Minute).Format(time.RFC3339), "\nPenstock-Evidence: penstock/records/staging@" + tip + "#3\n"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in\n%s", part, body)
		}
	}
}

func TestPromoteWithoutANetwork(t *testing.T) {
	p := asPromoter(t)
	git(t, "fetch", "--quiet", "origin")
	p.server.Reset("main", git(t, "rev-parse", "main~1"))
	wantCheck(t, exitOK, "promote llama-3-8b --to prod --offline --dry-run", "Try vLLM 0.14 in staging, ", " old, fetched ", " ago\n")
	stdout := wantCheck(t, exitOK, "promote llama-3-8b --to prod --offline", "and did not push it; to propose it:\n  git push origin ")
	_, command, _ := strings.Cut(stdout, "to propose it:\n  git ")
	git(t, strings.Fields(command)...)
	if p.tip() == "" {
		t.Error("the command pushes nothing")
	}
	const same = "prod/llama-3-8b has rel-37e42e2 already, the release of staging/llama-3-8b"
	wantCheck(t, exitOK, "promote llama-3-8b --to prod", "nothing to promote: "+same+"\n")
	wantCheck(t, exitOK, "promote llama-3-8b --to prod -o json", `"model": "llama-3-8b"`, `"state": "None"`, `"message": "`+same)
}

func TestPromoteRefusesAndSaysWhy(t *testing.T) {
	p := asPromoter(t)
	wantCheck(t, exitFailed, "promote llama-3-8b", `required flag(s) "to" not set`)
	wantCheck(t, exitFailed, "promote llama-3-8b --to prd", `there is no environment "prd"; did you mean prod?`)
	wantCheck(t, exitInvalid, "promote llama-3-8b --to prod --from dev", "environments/prod/environment.yaml:8: spec.promotedFrom: releases come to prod from staging, and not from dev; promote it to staging first")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod -o yaml", "--output yaml: expected text or json")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod --into release", "fetching release: git fetch failed: ")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod --forge gitea", "--forge gitea: there is no token; give --token-file, or set GITEA_TOKEN")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod --forge bitbucket --token-file x", `there is no kind of forge named "bitbucket"`)
	if p.tip() != "" {
		t.Error("something was pushed")
	}
	replace(t, stagingRelease, "contextLength: 8192", "contextLength: 8192\n  scaling: {min: 9}")
	p.push(t, "Mix")
	wantCheck(t, exitInvalid, "promote llama-3-8b --to prod", stagingRelease+":", "spec.scaling: promotion copies this file, and it is more than a release")
	t.Chdir("environments")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod", "this is environments of the repository; run it at its top")
	t.Chdir("..")
	git(t, "remote", "remove", "origin")
	wantCheck(t, exitFailed, "promote llama-3-8b --to prod", "the clone has no remote origin, where a promotion is pushed to")
}

func TestCommitsOnThePromotionBranchAreKept(t *testing.T) {
	p := asPromoter(t)
	wantCheck(t, exitOK, "promote llama-3-8b --to prod")
	kept := p.server.Commit(gitserver.Change{Branch: promoted, Message: "Approve", Files: map[string]string{"environments/prod/llama-3-8b/approvals/a.yaml": "x"}})
	replace(t, stagingRelease, "contextLength: 8192", "contextLength: 4096")
	p.push(t, "Less")
	wantCheck(t, exitInvalid, "promote llama-3-8b --to prod", "error: the branch "+promoted+" is at "+kept[:12]+" (Approve), which is more than a promotion: people have worked on it, and it is left alone")
	if p.tip() != kept {
		t.Error("it was overwritten")
	}
}

func TestCompareShowsHowEnvironmentsDiffer(t *testing.T) {
	p := asPromoter(t)
	wantCheck(t, exitOK, "compare staging prod", "staging, prod at ", "llama-3-8b    rel-19b1e6a  rel-37e42e2  staging is 1 change ahead since ", "policy gpu-quota")
	wantCheck(t, exitOK, "compare dev staging prod llama-3-8b", "MODEL       DEV          STAGING      PROD")
	wantCheck(t, exitOK, "compare staging prod llama-3-8b --revision main~1", "rel-37e42e2  rel-37e42e2  1 placement field differs")
	wantCheck(t, exitInvalid, "compare staging prod --exit-code", "1 has another release")
	wantCheck(t, exitOK, "compare staging prod llama-3-8b --markdown", "### staging, prod at ", "| --- |")
	stdout := wantCheck(t, exitOK, "compare staging prod -o json")
	var report struct{ Models []struct{ Name string } }
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Models) != 3 {
		t.Error(err, stdout)
	}
	replace(t, placement, "min: 3", "min: 5")
	wantCheck(t, exitOK, "compare staging prod llama-3-8b", " and 1 file that is not committed", "scaling.min  1        5")
	wantCheck(t, exitFailed, "compare staging", "requires at least 2 arg(s)")
	wantCheck(t, exitFailed, "compare staging lama-3-8b", `there is no environment "lama-3-8b"`)
	wantCheck(t, exitFailed, "compare staging prod lama-3-8b", `did you mean staging/llama-3-8b?`)
	wantCheck(t, exitFailed, "compare staging prod -o xml", "--output xml: expected text, json or markdown")
	wantCheck(t, exitFailed, "compare staging prod --revision nowhere", `finding "nowhere"`)
	p.Helper()
	bare := filepath.Join(t.TempDir(), "bare.git")
	git(t, "clone", "--quiet", "--bare", ".", bare)
	if err := os.Chdir(bare); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, exitOK, "compare staging prod", "staging is 1 change ahead")
}
