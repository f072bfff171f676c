package promote_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// now is a Monday, and freeze the Friday before in the evening.
var (
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	freeze = time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
)

// cluster says how releases are in other environments.
type cluster map[string]v1alpha1.ModelDeploymentStatus

func (c cluster) Statuses(context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error) {
	return c, nil
}
func (cluster) Room(context.Context, *render.Objects) (*policies.Capacity, error) { return nil, nil }
func (cluster) DryRun(context.Context, *render.Objects) ([]string, error)         { return nil, nil }
func (cluster) Policies(context.Context) (*admission.Set, error)                  { return nil, nil }
func (cluster) Labels(context.Context, string) map[string]string                  { return nil }

// healthySince is a status of staging/llama with the release of a plan.
func healthySince(plan *promote.Plan, since time.Time) cluster {
	at := metav1.NewTime(since)
	return cluster{"staging/llama": {
		Conditions: []metav1.Condition{{Type: v1alpha1.ConditionHealthy, Status: metav1.ConditionTrue}},
		Releases:   []v1alpha1.ReleaseStatus{{Release: plan.ReleaseID(), Digest: plan.Digest(), HealthySince: &at}},
	}}
}

// decided is a plan with what policy says of it, when it is not committed yet.
func (r *repository) decided(plan *promote.Plan, live check.Live, when time.Time) (check.Unit, *check.Report, []policies.Selection) {
	r.Helper()
	clone, at := r.main()
	trees := plan.Trees(at)
	trees.History, trees.At = clone.History(), clone.At
	report, err := check.Run(r.Context(), renderer, trees, check.Options{Select: []string{plan.Unit()}, Everything: true, Live: live, Now: when})
	if err != nil {
		r.Fatal(err)
	}
	if len(report.Units) != 1 || len(report.Problems) > 0 {
		r.Fatalf("%d units, %v", len(report.Units), report.Problems)
	}
	layout := gate.Layout{}.WithDefaults()
	tree, err := environments.Load(at, layout.Environments)
	if err != nil {
		r.Fatal(err)
	}
	rules, problems := gate.LoadRules(at, layout, tree)
	if len(problems) > 0 {
		r.Fatal(problems)
	}
	return report.Units[0], report, rules.Selected(plan.To)
}

// tell tells the story of a plan.
func (r *repository) tell(plan *promote.Plan, live check.Live, when time.Time) (*promote.Story, *check.Report) {
	r.Helper()
	unit, report, selected := r.decided(plan, live, when)
	gates, err := promote.UnitGates(r.Context(), unit, selected)
	if err != nil {
		r.Fatal(err)
	}
	clone, at := r.main()
	story, err := promote.Tell(r.Context(), plan, at, clone.History(), clone.At, unit.Outcome, gates)
	if err != nil {
		r.Fatal(err)
	}
	return story, report
}

// eventful has a release that several people brought to staging, and that was evaluated.
func eventful(t *testing.T) *repository {
	t.Helper()
	r := newRepository(t)
	old := read(t, "environments/prod/llama/release.yaml")
	r.write("Begin with what prod has", map[string]string{"environments/staging/llama/release.yaml": old})
	r.write("Try a newer vLLM", map[string]string{"environments/staging/llama/release.yaml": strings.Replace(old, "v0.11.0", "v0.12.0", 1)})
	r.commit(gitserver.Change{
		Message: "Promote llama, and [win](https://evil.example) <b>it</b> | @everyone #1\n\nPenstock-Release: rel-0000000\n",
		Author:  gitserver.Person{Name: "Mallory | `x` @everyone", Email: "mallory@example.com"},
		Files:   map[string]string{"environments/staging/llama/release.yaml": read(t, "environments/dev/llama/release.yaml")},
	})
	evaluated := func(version, accuracy string) string {
		return fmt.Sprintf(`{"model": "hf://acme/llama", "revision": "0e9e39f249a16976918f6564b8830bc894c8965%s", "metrics": {"accuracy": %s, "latency/p95": 1.25}, "finished": "2026-11-21T10:00:00Z"}`, version, accuracy)
	}
	r.write("Evaluate", map[string]string{
		"environments/staging/llama/evaluations/quality.json": evaluated("4", "0.7251"), "environments/prod/llama/evaluations/quality.json": evaluated("1", "0.7"),
	})
	return r
}

func TestTheStoryIsToldInTheCommitAndInThePullRequest(t *testing.T) {
	r := eventful(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	story, report := r.tell(plan, healthySince(plan, now.Add(-30*time.Hour)), now)
	story.Records = "penstock/records/staging@1111111111111111111111111111111111111111#41"
	text := story.Text(report)
	golden(t, "message.txt", text.Message)
	golden(t, "body.md", text.Body)
	if text.Title != "Promote llama "+plan.ReleaseID()+" from staging to prod" {
		t.Error(text.Title)
	}
}

func TestWhatIsNotKnownIsSaid(t *testing.T) {
	r := newRepository(t)
	plan := r.plan(promote.Request{Model: "mended", To: "prod"})
	story, _ := r.tell(plan, nil, freeze)
	story.Anyway = true
	golden(t, "unknown.txt", story.Message())
	golden(t, "unknown.md", story.Text(nil).Body)
}

func TestTheTextStaysTheSameWhileOnlyTimeGoesBy(t *testing.T) {
	r := eventful(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	substance := func(since, when time.Time) string {
		story, report := r.tell(plan, healthySince(plan, since), when)
		return story.Text(report).Substance
	}
	since := now.Add(-30 * time.Hour)
	first := substance(since, now)
	if later := substance(since, now.Add(time.Hour)); later != first {
		t.Error("an hour later something else is told")
	}
	if other := substance(since.Add(time.Hour), now); other == first {
		t.Error("other evidence is not told")
	}
	if younger := substance(now.Add(-time.Hour), now); younger == first {
		t.Error("a gate that is closed is not told")
	}
}

func TestNobodyCanForgeATrailer(t *testing.T) {
	r := newRepository(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	for _, hostile := range []string{
		"Fine\n\nPenstock-Release: rel-0000000 0", "\u2028\u2029Penstock-Promotes: evil/x\n\nSigned-off-by: me", "--- \n---\n# x\n", "\r\n\r\nPenstock-Source: 0\r\n",
		"-- >8 --", strings.Repeat("Penstock-Evidence: x\n\n", 50), "\x1b[2J\u202egnp", "(cherry picked from commit 0)", "a\u0085\u0085Penstock-Release: x",
		strings.Repeat("--- ", 30), strings.Repeat("# ", 30), // wherever a line breaks
	} {
		commit := source.Commit{Hash: strings.Repeat("1", 40), Message: hostile, Author: source.Person{Name: hostile, Email: hostile, When: now}}
		since, failed := now.Add(-time.Hour), now.Add(-2*time.Hour)
		story := &promote.Story{
			Plan: plan, Source: strings.Repeat("2", 40), Commits: []source.Commit{commit, commit}, More: true, Records: "penstock/records/staging@1#2\n\nSigned-off-by: x",
			Evidence:    &policies.Evidence{Healthy: true, HealthySince: &since, LastFailure: &failed},
			Evaluations: map[string]policies.Evaluation{hostile: {Metrics: map[string]float64{hostile: 1, "--- x": 2}, Finished: now}},
			Gates:       []promote.Gate{{Name: hostile, State: promote.Closed, Says: []string{hostile}}},
		}
		message := story.Message()
		cmd := exec.Command("git", "interpret-trailers", "--parse")
		cmd.Stdin = strings.NewReader(message)
		out, err := cmd.Output()
		if err != nil {
			t.Skip(err)
		}
		want := "Penstock-Promotes: staging/llama\nPenstock-Release: " + plan.ReleaseID() + " " + plan.Digest() +
			"\nPenstock-Evidence: penstock/records/staging@1#2 Signed-off-by: x\nPenstock-Source: " + strings.Repeat("2", 40) + "\n"
		if string(out) != want {
			t.Errorf("git finds\n%s\nin\n%s", out, message)
		}
		if strings.Contains(message, "\n---") || strings.Contains(message, "\n#") {
			t.Errorf("git takes a line for something else:\n%s", message)
		}
		raw := fmt.Appendf(nil, "tree %s\nauthor a <a@example.com> 1 +0000\ncommitter a <a@example.com> 1 +0000\n\n%s", strings.Repeat("3", 40), message)
		claim, ok := promote.ReadClaim(source.Commit{Raw: raw})
		if !ok || claim.Digest != plan.Digest() || claim.From != "staging" || claim.Model != "llama" || claim.Source != strings.Repeat("2", 40) {
			t.Errorf("%v %+v", ok, claim)
		}
		for _, line := range strings.Split(story.Text(nil).Body, "\n") {
			if strings.ContainsAny(line, "\x1b\u202e\r") || strings.HasPrefix(line, "---") || strings.HasPrefix(strings.TrimSpace(line), "# ") {
				t.Errorf("the body has the line %q", line)
			}
		}
	}
}

func TestAClaimIsReadOnlyWhenItSaysEverythingOnce(t *testing.T) {
	good := "Subject\n\nPenstock-Promotes: staging/llama\nPenstock-Release: rel-0123456 " + strings.Repeat("a", 64) + "\nPenstock-Source: " + strings.Repeat("b", 40) + "\n"
	for message, want := range map[string]bool{
		good:                          true,
		good + "Signed-off-by: ada\n": true,
		good + "Penstock-Promotes: staging/owl\n":            false,
		strings.Replace(good, "staging/llama", "staging", 1): false,
		strings.Replace(good, "rel-0123456 ", "", 1):         false,
		strings.Replace(good, "Source", "Sauce", 1):          false,
		"Subject\n": false,
	} {
		raw := fmt.Appendf(nil, "tree %s\nauthor a <a@example.com> 1 +0000\ncommitter a <a@example.com> 1 +0000\n\n%s", strings.Repeat("3", 40), message)
		if _, ok := promote.ReadClaim(source.Commit{Raw: raw}); ok != want {
			t.Errorf("%v for\n%s", ok, message)
		}
	}
}

func FuzzAMessageHasJustItsOwnTrailers(f *testing.F) {
	r := newRepository(f)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	f.Add("A name", "A subject\n\nPenstock-Release: x", "metric")
	f.Fuzz(func(t *testing.T, name, subject, metric string) {
		story := &promote.Story{
			Plan: plan, Source: strings.Repeat("2", 40), Commits: []source.Commit{{Hash: strings.Repeat("1", 40), Message: subject, Author: source.Person{Name: name}}},
			Evaluations: map[string]policies.Evaluation{name: {Metrics: map[string]float64{metric: 1}}}, Gates: []promote.Gate{{Name: metric, State: promote.People}},
		}
		message := story.Message()
		raw := fmt.Appendf(nil, "tree %s\nauthor a <a@example.com> 1 +0000\ncommitter a <a@example.com> 1 +0000\n\n%s", strings.Repeat("3", 40), message)
		claim, ok := promote.ReadClaim(source.Commit{Raw: raw})
		if !ok || claim.Digest != plan.Digest() || claim.Records != "" {
			t.Errorf("%v %+v of\n%s", ok, claim, message)
		}
		if !bytes.HasSuffix(raw, []byte("\nPenstock-Source: "+strings.Repeat("2", 40)+"\n")) {
			t.Error("the last line is not a trailer")
		}
	})
}
