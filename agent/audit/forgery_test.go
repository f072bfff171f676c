package audit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// wantText looks for parts of what is written.
func wantText(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in:\n%s", part, got)
		}
	}
}

// Each is found, the commit is named, and nothing is told of what cannot be relied on.
func TestABranchThatWasTamperedWithIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		tamper func(w *world) (commit string)
		fault  records.Fault
	}{
		"a stranger's commit": {func(w *world) string {
			return w.forge("prod", gitserver.Change{Message: "Add", Files: map[string]string{"echo/note.txt": "x"}, Signer: keyOf(w.t, 9)})
		}, records.OtherEnvironment},
		"signed with another key": {func(w *world) string {
			prod := w.agent("prod")
			prod.healthy("echo")
			c := prod.next().Change
			c.Signer = keyOf(w.t, 9)
			return w.repo.Commit(c)
		}, records.ForeignKey},
		"not signed": {func(w *world) string {
			prod := w.agent("prod")
			prod.healthy("echo")
			c := prod.next().Change
			c.Signer = nil
			return w.repo.Commit(c)
		}, records.Forged},
		"an edited fact": {func(w *world) string {
			prod := w.agent("prod")
			prod.healthy("echo")
			c := prod.next().Change
			c.Files["echo/2026-11/23/000000001-admitted.json"] = "{}\n"
			return w.repo.Commit(c)
		}, records.Edited},
		"the other environment's facts": {func(w *world) string {
			tip, _ := w.repo.Head(records.Branch("dev"))
			w.repo.Reset(records.Branch("prod"), tip)
			first, _ := w.repo.Git(nil, "rev-list", "--max-parents=0", tip)
			return strings.TrimSpace(first)
		}, records.OtherEnvironment},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).begin()
			commit := test.tamper(w)
			v := w.verify()
			s := v.Standing("prod")
			if v.Outcome() != audit.Wrong || s.Status != audit.Broken || s.Fault.Kind != test.fault || s.Fault.Commit != commit {
				t.Fatalf("found %s, %+v; expected %s in %s", v.Outcome(), s.Fault, test.fault, commit)
			}
			wantText(t, text(t, v.WriteText), commit, string(test.fault), s.Fault.Meaning, "WRONG")
			refusals(t, w)
		})
	}
}

// refusals asks every question of prod, which is broken.
func refusals(t *testing.T, w *world) {
	t.Helper()
	a, ctx := w.audit(), t.Context()
	_, logErr := a.Log(ctx, audit.Query{})
	_, atErr := a.At(ctx, "prod", w.now, "now", false)
	_, releaseErr := a.Release(ctx, releaseTwoOf(w), false)
	_, replayErr := a.Replay(ctx, "prod", 1, false)
	_, allErr := a.ReplayAll(ctx, "prod", false)
	for question, err := range map[string]error{"log": logErr, "at": atErr, "release": releaseErr, "replay": replayErr, "replay all": allErr} {
		var broken *audit.BrokenError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), "prod") {
			t.Errorf("%s: %v; expected a refusal", question, err)
		}
	}
	if _, err := a.Log(ctx, audit.Query{Environment: "dev"}); err != nil {
		t.Errorf("the other environment: %v", err)
	}
}

func releaseTwoOf(w *world) string { return w.agent("dev").admitted["echo"].objects.ReleaseID }

func TestWhatComesBeforeTheFirstBadCommitIsMarkedEverywhere(t *testing.T) {
	w := newWorld(t).begin()
	w.forge("prod", gitserver.Change{Message: "Add", Files: map[string]string{"echo/note.txt": "x"}})
	a, ctx := w.audit(), t.Context()
	log, err := a.Log(ctx, audit.Query{Environment: "prod", Unverified: true})
	if err != nil {
		t.Fatal(err)
	}
	written := textOf(t, log)
	told := written[:strings.LastIndex(written, "\n\n")]
	for line := range strings.Lines(told) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "[BROKEN BRANCH] ") {
			t.Errorf("not marked: %s", line)
		}
	}
	if !strings.Contains(told, "#3 Healthy") {
		t.Errorf("the facts are not told:\n%s", told)
	}
	moment, err := a.At(ctx, "prod", w.now, "now", true)
	if err != nil || moment.Mark == "" || len(moment.Running) != 1 {
		t.Fatalf("%+v, %v", moment, err)
	}
	wantText(t, text(t, moment.WriteText), "[BROKEN BRANCH] prod/echo", "what happened later is not known")
	wantText(t, text(t, moment.WriteHTML), `<div class="mark" role="alert">BROKEN BRANCH`)
	life, err := a.Release(ctx, releaseTwoOf(w), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range life.Events {
		if (e.Mark != "") != (e.Fact.Environment == "prod") {
			t.Errorf("fact %d of %s is marked %q", e.Fact.Sequence, e.Fact.Environment, e.Mark)
		}
	}
	again, err := a.Replay(ctx, "prod", 1, true)
	if err != nil || again.Mark == "" {
		t.Errorf("%+v, %v", again, err)
	}
	wantText(t, text(t, again.WriteText), "[BROKEN BRANCH] 2026-11-23T13:01:00Z prod/echo #1 Admitted")
}

func TestAnEnvironmentThatShouldHaveRecordsAndHasNoneIsTold(t *testing.T) {
	w := newWorld(t).begin()
	if err := w.repo.DeleteBranch(records.Branch("prod")); err != nil {
		t.Fatal(err)
	}
	v := w.verify()
	if s := v.Standing("prod"); s.Status != audit.Missing || v.Outcome() != audit.Wrong || !strings.Contains(s.Hint, audit.Fetch) {
		t.Errorf("%+v", s)
	}
	a := w.audit()
	if _, err := a.At(t.Context(), "prod", w.now, "now", true); err == nil || !strings.Contains(err.Error(), "git fetch origin") {
		t.Errorf("%v", err)
	}
	if log, err := a.Log(t.Context(), audit.Query{}); err != nil || !strings.Contains(textOf(t, log), "penstock/records/prod: Missing") {
		t.Errorf("the log of all that there is: %v", err)
	}
}

func TestPinsTellWhetherThePastIsStillTheSame(t *testing.T) {
	w := newWorld(t).begin()
	noted := *w.verify().Standing("prod").Pin
	w.config = func(c *audit.Config) { c.Expect = []audit.Pin{noted} }
	w.agent("prod").failed("echo").write()
	if v := w.verify(); v.Outcome() != audit.Holds || !v.Standing("prod").Pins[0].Holds {
		t.Fatalf("it is still there:\n%s", text(t, v.WriteText))
	}
	other := noted
	other.Digest = "sha256:" + strings.Repeat("0", 64)
	ahead := noted
	ahead.Sequence = 99
	elsewhere := noted
	elsewhere.Environment = "staging"
	for _, test := range []struct {
		pin  audit.Pin
		says string
	}{{other, "what was noted is not on the branch any more"}, {ahead, "the branch ends with fact 4"}, {elsewhere, "the branch was not verified"}} {
		w.config = func(c *audit.Config) { c.Expect = []audit.Pin{test.pin} }
		v := w.verify()
		if v.Outcome() != audit.Wrong {
			t.Errorf("%s holds", test.pin)
		}
		wantText(t, text(t, v.WriteText), "NOT there", test.says)
		if _, err := w.audit().Log(t.Context(), audit.Query{Environment: test.pin.Environment}); err == nil {
			t.Errorf("%s: it is told all the same", test.pin)
		}
	}
}

// Somebody who has the agent's key writes the branch anew: only what was noted shows it.
func TestABranchThatWasBegunAnewWithTheRightKeyIsFoundByItsPin(t *testing.T) {
	w := newWorld(t).begin()
	noted := *w.verify().Standing("prod").Pin
	prod := w.agent("prod")
	if err := w.repo.DeleteBranch(records.Branch("prod")); err != nil {
		t.Fatal(err)
	}
	prod.head = records.Head{}
	prod.healthy("echo").healthy("echo").failed("echo").write()
	if v := w.verify(); v.Outcome() != audit.Holds {
		t.Fatalf("without the pin it should hold:\n%s", text(t, v.WriteText))
	}
	w.config = func(c *audit.Config) { c.Expect = []audit.Pin{noted} }
	if v := w.verify(); v.Outcome() != audit.Wrong {
		t.Error("it holds")
	}
}
