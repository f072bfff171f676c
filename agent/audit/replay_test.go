package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/approval"
)

func (w *world) replayAll(environment string) *audit.Replays {
	w.t.Helper()
	made, err := w.audit().ReplayAll(w.t.Context(), environment, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func TestEverythingThatAnAgentToldIsDecidedTheSameAgain(t *testing.T) {
	w := tell(t)
	for _, environment := range []string{"dev", "prod"} {
		if made := w.replayAll(environment); made.Differ+made.Untold > 0 || made.Agree == 0 {
			t.Errorf("%s:\n%s", environment, text(t, made.WriteText))
		}
	}
}

// Each lie is one that a chain of signatures does not show.
func TestAReplayTellsWhatDiffersAndWhy(t *testing.T) {
	zeros := strings.Repeat("0", 64)
	for name, test := range map[string]struct {
		kind   records.Kind
		change func(d *records.Data)
		what   string
		says   string
	}{
		"files":       {records.Applied, func(d *records.Data) { d.Inputs.Files[0].SHA256 = zeros }, "files", "environments/prod/echo/model.yaml"},
		"content":     {records.Admitted, func(d *records.Data) { d.Inputs.Content = "sha256:" + zeros }, "content", "sha256:" + zeros},
		"objects":     {records.Admitted, func(d *records.Data) { d.Inputs.Digest, d.Inputs.Objects = zeros, zeros }, "objects", "the same version of Penstock renders otherwise"},
		"two objects": {records.Admitted, func(d *records.Data) { d.Inputs.Objects = zeros }, "objects", "two things"},
		"release":     {records.Applied, func(d *records.Data) { d.Release.Image = "registry.example.com/echo:9.0" }, "release", "echo:9.0"},
		"rules":       {records.Admitted, func(d *records.Data) { d.Inputs.Rules = "sha256:" + zeros }, "rules", "counts other files as rules"},
		"change":      {records.Admitted, func(d *records.Data) { d.Decision.Change = "placement" }, "change", "placement"},
		"commits":     {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Author.Email = "x@example.com" }, "commits", "x@example.com"},
		"approvals":   {records.Admitted, func(d *records.Data) { d.Decision.Approvals = []policies.Approval{{Principal: "x@example.com"}} }, "approvals", "x@example.com"},
		"evidence that is not so": {records.Admitted, func(d *records.Data) {
			early := noon.Add(-time.Hour)
			e := d.Decision.Evidence["dev"]
			e.HealthySince = &early
			d.Decision.Evidence["dev"] = e
		}, "evidence of dev", "no fact of dev says that it was healthy by then"},
		"windows": {records.Admitted, func(d *records.Data) { d.Decision.Windows.Open = false }, "windows", `"open":false`},
		"findings": {records.Admitted, func(d *records.Data) {
			d.Decision.Findings = []policies.Finding{{Policy: "few", Action: "Warn", Message: "hm"}}
		}, "findings", "warn: few: hm"},
		"a verdict": {records.Admitted, func(d *records.Data) { d.Decision.Verdict = policies.Warn }, "verdict", "Warn (Admitted)"},
		"policies":  {records.Admitted, func(d *records.Data) { d.Decision.Evaluated = []string{"few"} }, "policies", `["few"]`},
		"notes":     {records.Admitted, func(d *records.Data) { d.Decision.Notes = []string{"something"} }, "notes", "something"},
		"again":     {records.Admitted, func(d *records.Data) { d.Decision.Again = &later }, "again", "2026-12-13T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			made := lie(t, test.kind, test.change).replayAll("prod")
			if made.Differ != 1 || len(made.Replays) != 1 || made.Replays[0].Kind != test.kind {
				t.Fatalf("%s", text(t, made.WriteText))
			}
			one := made.Replays[0]
			found := false
			for _, c := range one.Checks {
				found = found || c.Result == audit.Different && c.What == test.what && strings.Contains(c.Recorded+c.Replayed+c.Why, test.says)
			}
			if !found {
				t.Errorf("%s does not differ by %q:\n%s", test.what, test.says, text(t, made.WriteText))
			}
			wantText(t, text(t, made.WriteText), "DIFFERS in", "1 differs")
		})
	}
}

func TestAnotherVersionExplainsObjectsThatDiffer(t *testing.T) {
	w := newWorld(t)
	w.agent("prod").version = "v0.4.0"
	w.agent("prod").change = func(f *records.Fact) {
		if f.Kind == records.Applied {
			f.Data.Inputs.Digest = strings.Repeat("0", 64)
		}
	}
	wantText(t, text(t, w.begin().replayAll("prod").WriteText), "it was recorded by Penstock v0.4.0, and this is v0.5.0: another version may render otherwise")
}

func TestAnAdmissionThatPolicyWasAgainstIsFound(t *testing.T) {
	w := newWorld(t).begin()
	prod := w.agent("prod")
	w.commit(2, "Serve many", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 5}")})
	prod.change = func(f *records.Fact) {
		f.Kind, f.Data.Decision.Decision = records.Admitted, policies.Decision{Verdict: policies.Admit, Evaluated: f.Data.Decision.Evaluated}
		f.Data.Decision.Reason = "Admitted"
	}
	prod.decide("echo")
	prod.write()
	made := w.replayAll("prod")
	if made.Differ != 1 {
		t.Fatalf("%s", text(t, made.WriteText))
	}
	wantText(t, text(t, made.WriteText), "deny: few: at most 3 replicas", "recorded  Admit (Admitted)", "replayed  Hold (Held)")
}

func TestACommitThatIsNotThereCannotBeReplayed(t *testing.T) {
	w := lie(t, records.Applied, func(d *records.Data) { d.Source.Commit = strings.Repeat("12", 20) })
	if made := w.replayAll("prod"); made.Untold != 1 || made.Agree != 1 {
		t.Errorf("%s", text(t, made.WriteText))
	}
}

func TestWhatHasNothingToReplayIsRefused(t *testing.T) {
	w := newWorld(t).begin()
	for sequence, says := range map[uint64]string{3: "has nothing to replay", 4: "there is no fact 4 of prod; there are 1 to 3", 0: "there is no fact 0"} {
		if _, err := w.audit().Replay(t.Context(), "prod", sequence, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%d: %v", sequence, err)
		}
	}
}

// Results of an evaluation come in a commit of their own, which no fact names.
func TestResultsThatCameAfterTheSourceCommitAreFound(t *testing.T) {
	result := func(acc string) string {
		return `{"model": "https://models.example.com/echo", "revision": "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "finished": "2026-11-23T11:00:00Z", "metrics": {"acc": ` + acc + `}}`
	}
	w := newWorld(t, files{"policies/good.yaml": policy("good", "environment.name != 'prod' || evaluations[?'quality'].?metrics[?'acc'].orValue(0.0) > 0.5", "it is not good enough")})
	dev, prod := w.agent("dev"), w.agent("prod")
	dev.decide("echo")
	dev.apply("echo").healthy("echo").write()
	w.later(time.Hour)
	source := w.commit(2, "Bring echo to prod", files{"environments/prod/echo/model.yaml": echo("echo", "1.0")})
	w.later(time.Hour).commit(2, "Measure echo", files{"environments/dev/echo/evaluations/quality.json": result("0.7")})
	w.later(time.Minute)
	prod.change = func(f *records.Fact) { f.Data.Source.Commit = source } // that of the unit, as an agent tells it
	prod.decide("echo")
	prod.write()
	w.later(time.Hour).commit(2, "Measure echo again", files{"environments/dev/echo/evaluations/quality.json": result("0.1")})
	made, err := w.audit().Replay(t.Context(), "prod", 1, false)
	if err != nil || made.Agree != 1 {
		t.Fatalf("%v\n%s", err, text(t, made.WriteText))
	}
	wantText(t, text(t, made.WriteText), "which came after the source commit and before the decision", "Measure echo)")
}

func TestResultsThatAreInNoFileAreTakenFromTheRecord(t *testing.T) {
	w := newWorld(t, files{"policies/good.yaml": policy("good", "environment.name != 'prod' || evaluations[?'quality'].?metrics[?'acc'].orValue(0.0) > 0.5", "it is not good enough")})
	w.agent("prod").change = func(f *records.Fact) {
		if d := f.Data.Decision; d != nil { // as of an agent that takes results from records
			d.Evaluations = map[string]policies.Evaluation{"quality": {Metrics: map[string]float64{"acc": 0.7}, Finished: noon}}
			d.Verdict, d.Reason, d.Findings, f.Kind = policies.Admit, "Admitted", nil, records.Admitted
		}
	}
	made := w.begin().replayAll("prod")
	if made.Differ > 0 {
		t.Fatalf("%s", text(t, made.WriteText))
	}
	one, err := w.audit().Replay(t.Context(), "prod", 1, false)
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, text(t, one.WriteText), "the results of the evaluations quality are in no file of the repository, and are taken from the record")
}

func TestWhatOnlyTheClusterKnewIsTakenFromTheRecord(t *testing.T) {
	w := newWorld(t, files{"policies/room.yaml": policy("room", "environment.name != 'prod' || capacity.?schedulable.orValue(false)", "there is no room")}).begin()
	one, err := w.audit().Replay(t.Context(), "prod", 1, false)
	if err != nil || one.Agree != 1 || one.Replays[0].Kind != records.Held {
		t.Fatalf("%v\n%s", err, text(t, one.WriteText))
	}
	wantText(t, text(t, one.WriteText), "whether the cluster had room is not recorded: what room said is taken from the record", "same: verdict: Hold")
}

// A commit that changes only what is read, and nothing that is applied, is told by no fact of its own.
func TestACommitThatChangesNothingCountsAsAdmitted(t *testing.T) {
	w := newWorld(t).begin()
	prod := w.agent("prod")
	comment := w.commit(2, "Say why", files{"environments/prod/echo/model.yaml": "# why\n" + echo("echo", "1.0")})
	prod.admitted["echo"].commit = comment // as the status has it then
	w.later(time.Hour).commit(2, "Serve two", files{"environments/prod/echo/model.yaml": "# why\n" + echo("echo", "1.0", "scaling: {min: 2}")})
	prod.decide("echo")
	prod.write()
	one, err := w.audit().Replay(t.Context(), "prod", 4, false)
	if err != nil || one.Agree != 1 {
		t.Fatalf("%v\n%s", err, text(t, one.WriteText))
	}
	wantText(t, text(t, one.WriteText), "commit "+comment[:12]+" changed nothing that is applied, and counts as admitted before")
}

func TestARollbackIsRecognizedFromTheFactsBefore(t *testing.T) {
	w := newWorld(t).begin()
	dev := w.agent("dev")
	for _, version := range []string{"2.0", "1.0"} {
		w.commit(2, "Serve "+version, files{"environments/dev/echo/model.yaml": echo("echo", version)})
		dev.decide("echo")
		dev.apply("echo")
		w.later(time.Hour)
		dev.healthy("echo").write()
	}
	made := w.replayAll("dev")
	if made.Differ+made.Untold > 0 {
		t.Fatalf("%s", text(t, made.WriteText))
	}
	one, err := w.audit().Replay(t.Context(), "dev", 7, false)
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, text(t, one.WriteText), "same: change: rollback")
}

func TestEvidenceThatDriftedIsReplayedAsItWas(t *testing.T) {
	w := newWorld(t, files{"policies/still.yaml": policy("still", "environment.name != 'prod' || evidence[?'dev'].?lastDrift.hasValue()", "it never drifted")})
	dev := w.agent("dev")
	dev.decide("echo")
	dev.apply("echo").healthy("echo").other(records.Drifted, "echo", records.Data{Message: "drifted"}).write()
	w.later(time.Hour).commit(2, "Bring echo to prod", files{"environments/prod/echo/model.yaml": echo("echo", "1.0")})
	prod := w.agent("prod")
	prod.decide("echo")
	prod.write()
	one, err := w.audit().Replay(t.Context(), "prod", 1, false)
	if err != nil || one.Agree != 1 || one.Replays[0].Kind != records.Admitted {
		t.Fatalf("%v\n%s", err, text(t, one.WriteText))
	}
}

func TestRulesThatWereNotInForceAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		approved bool
		says     string
	}{"not approved": {false, "which were not in force: policies, trust"}, "approved": {true, "or the agent went by old ones"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).begin()
			old := w.agent("prod").look()
			inForce, commit := old.rules.Digest, old.snapshot.Commit().Hash
			w.commit(2, "Be strict, and serve two", files{
				"policies/strict.yaml":              policy("strict", "environment.name != 'prod' || change.kind == 'new'", "nothing changes"),
				"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 2}"),
			})
			if test.approved {
				statement := approval.Statement{Unit: approval.RulesUnit, Content: w.agent("prod").look().rules.Digest, Expires: w.now.Add(time.Hour)}
				armored, err := approval.Sign(keyOf(t, 3), statement)
				if err != nil {
					t.Fatal(err)
				}
				w.commit(3, "Approve the rules", files{"trust/approvals/grace.yaml": string(approval.Marshal("grace", statement, armored))})
			}
			prod := w.agent("prod")
			prod.change = func(f *records.Fact) { // as one that goes by the rules before
				f.Kind, f.Data.Inputs.Rules, f.Data.Inputs.RulesCommit = records.Admitted, inForce, commit
				f.Data.Decision.Decision, f.Data.Decision.Reason = policies.Decision{Verdict: policies.Admit, Evaluated: []string{"few", "healthy", "seen"}, Cost: 1}, "Admitted"
			}
			prod.decide("echo")
			prod.write()
			one, err := w.audit().Replay(t.Context(), "prod", 4, false)
			if err != nil || one.Agree != 1 {
				t.Fatalf("%v\n%s", err, text(t, one.WriteText))
			}
			wantText(t, text(t, one.WriteText), test.says)
		})
	}
}
