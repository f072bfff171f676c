package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

// lie has prod's agent tell something that is not so of the first thing that it lets in, and returns the world.
func lie(t *testing.T, kind records.Kind, change func(d *records.Data)) *world {
	t.Helper()
	w := newWorld(t)
	w.agent("prod").change = func(f *records.Fact) {
		if f.Kind == kind {
			change(&f.Data)
		}
	}
	return w.begin()
}

// An agent that lies, or a key that was stolen, makes a chain without a fault. Git tells.
func TestAFactThatGitDoesNotBearOutIsTold(t *testing.T) {
	unknown := strings.Repeat("12", 20)
	for name, test := range map[string]struct {
		kind   records.Kind
		change func(d *records.Data)
		rule   string
		says   string
	}{
		"a source commit that is not there": {records.Healthy, func(d *records.Data) { d.Source = &records.Source{Commit: unknown} }, "UnknownCommit", "the source commit 121212121212 is not in the clone"},
		"rules that are not there":          {records.Admitted, func(d *records.Data) { d.Inputs.RulesCommit = unknown }, "UnknownCommit", "the commit of the rules"},
		"another file":                      {records.Admitted, func(d *records.Data) { d.Inputs.Files[0].SHA256 = strings.Repeat("0", 64) }, "OtherFile", "model.yaml is said to be 000000000000"},
		"a file that is not there":          {records.Applied, func(d *records.Data) { d.Inputs.Files[0].Name = "environments/prod/echo/x.yaml" }, "OtherFile", "where it cannot be"},
		"another content":                   {records.Applied, func(d *records.Data) { d.Inputs.Content = "sha256:" + strings.Repeat("0", 64) }, "OtherContent", "the files come to"},
		"other rules":                       {records.Admitted, func(d *records.Data) { d.Inputs.Rules = "sha256:" + strings.Repeat("0", 64) }, "OtherRules", "are said to be sha256:000000000000"},
		"another author":                    {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Author.Email = "grace@example.com" }, "OtherCommit", "said to be by ada <grace@example.com>, and is ada <ada@example.com>"},
		"another time":                      {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Time = noon }, "OtherCommit", "said to be of 2026-11-23T12:00:00Z"},
		"another subject":                   {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Subject = "Nothing" }, "OtherCommit", `said to be "Nothing"`},
		"another signer":                    {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Signature.Principals = []string{"grace@example.com"} }, "OtherSigner", "said to be signed by grace@example.com"},
		"a signature that is not told":      {records.Admitted, func(d *records.Data) { d.Source.Changes[0].Signature = nil }, "OtherSigner", "said not to be signed"},
		"an approval that is not there": {records.Admitted, func(d *records.Data) {
			d.Decision.Approvals = []policies.Approval{{Principal: "grace@example.com", Fingerprint: "SHA256:x", Expires: later}}
		}, "UnknownApproval", "the approval of grace@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			v := lie(t, test.kind, test.change).verify()
			s := v.Standing("prod")
			if v.Outcome() != audit.Wrong || s.Status != audit.Verified || len(s.Git.Disagreements) == 0 {
				t.Fatalf("%s:\n%s", v.Outcome(), text(t, v.WriteText))
			}
			if d := s.Git.Disagreements[0]; d.Rule != test.rule || !strings.Contains(d.Problem, test.says) || d.Meaning == "" || d.Sequence == 0 {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestACommitThatLeftTheBranchIsTold(t *testing.T) {
	w := newWorld(t)
	before, _ := w.repo.Head("main")
	w.begin()
	w.repo.Reset("main", before)
	w.later(time.Hour).commit(2, "Something else", files{"README.md": "hello"})
	wantText(t, text(t, w.verify().WriteText), "UnknownCommit", "in the clone, and not in the history of main")
}

func TestManyDisagreementsAreCounted(t *testing.T) {
	w := newWorld(t).begin()
	dev := w.agent("dev")
	dev.change = func(f *records.Fact) { f.Data.Source = &records.Source{Commit: strings.Repeat("0", 8) + f.ID} }
	for range 60 {
		w.later(time.Minute)
		dev.healthy("echo")
	}
	dev.write()
	g := w.verify().Standing("dev").Git
	if len(g.Disagreements) != 50 || g.More != 10 {
		t.Errorf("%d and %d more", len(g.Disagreements), g.More)
	}
}

func TestTheChainAloneIsNotHeldAgainstGit(t *testing.T) {
	w := lie(t, records.Healthy, func(d *records.Data) { d.Source = &records.Source{Commit: strings.Repeat("12", 20)} })
	v, err := w.audit().Verify(t.Context(), audit.Chain)
	if err != nil || v.Outcome() != audit.Holds || v.Standing("prod").Git != nil {
		t.Errorf("%s, %v", v.Outcome(), err)
	}
}
