package audit_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
)

// told are the facts of a log, as in prod#1 Admitted.
func told(t *testing.T, w *world, q audit.Query) string {
	t.Helper()
	log, err := w.audit().Log(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for e, err := range log.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s#%d %s", e.Fact.Environment, e.Fact.Sequence, e.Fact.Kind))
	}
	return strings.Join(all, ", ")
}

func TestALogTellsWhatIsAskedFor(t *testing.T) {
	w := newWorld(t).begin()
	for name, test := range map[string]struct {
		query audit.Query
		want  string
	}{
		"all":            {audit.Query{}, "dev#1 Admitted, dev#2 Applied, dev#3 Healthy, prod#1 Admitted, prod#2 Applied, prod#3 Healthy"},
		"an environment": {audit.Query{Environment: "prod"}, "prod#1 Admitted, prod#2 Applied, prod#3 Healthy"},
		"a model":        {audit.Query{Environment: "prod", Model: "echo", Kinds: []kind{records.Applied, records.Held}}, "prod#2 Applied"},
		"a time":         {audit.Query{Since: noon.Add(time.Minute), Until: noon.Add(62 * time.Minute)}, "dev#3 Healthy, prod#1 Admitted, prod#2 Applied"},
		"a model's time": {audit.Query{Environment: "dev", Model: "echo", Since: noon.Add(time.Minute)}, "dev#3 Healthy"},
		"nothing":        {audit.Query{Kinds: []kind{records.Pruned}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(t, w, test.query); got != test.want {
				t.Errorf("told are %s\nwant %s", got, test.want)
			}
		})
	}
	for query, says := range map[[2]string]string{{"staging", ""}: `no environment "staging" with records; there are dev, prod`, {"prd", ""}: "did you mean prod?", {"prod", "parrot"}: `about a model "parrot"; there are facts about echo`} {
		if _, err := w.audit().Log(t.Context(), audit.Query{Environment: query[0], Model: query[1]}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v", query, err)
		}
	}
}

func TestALogIsOneJSONDocument(t *testing.T) {
	w := newWorld(t).begin()
	for _, q := range []audit.Query{{}, {Kinds: []kind{records.Pruned}}} {
		log, err := w.audit().Log(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var read struct {
			Verification audit.Verification
			Entries      []audit.Entry
		}
		if err := json.Unmarshal([]byte(text(t, func(out io.Writer) error { return log.WriteJSON(t.Context(), out) })), &read); err != nil {
			t.Fatal(err)
		}
		if len(read.Verification.Environments) != 2 || len(q.Kinds) == 0 && (len(read.Entries) != 6 || read.Entries[5].Fact.Kind != records.Healthy) {
			t.Errorf("%+v", read)
		}
	}
}

// What people write is shown, and never obeyed: neither by a browser nor by a terminal.
func TestHostileTextStaysText(t *testing.T) {
	w := newWorld(t)
	dev := w.agent("dev")
	hostile := "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'><style>*{display:none}</style> \u202eevil\nVerified: all is well\n{{.Mark}}"
	dev.change = func(f *records.Fact) {
		f.Data.Message = hostile
		if f.Data.Release != nil {
			f.Data.Release.ID, f.Data.Release.Image, f.Data.Release.Revision = hostile, hostile, "javascript:alert(3)"
		}
		if f.Data.Source != nil && len(f.Data.Source.Changes) > 0 {
			f.Data.Source.Changes[0].Subject, f.Data.Source.Changes[0].Author.Name = hostile, hostile
		}
		f.Data.Promotion = &records.Promotion{From: "dev", To: "prod", URL: "javascript:alert(4)", Action: hostile}
	}
	dev.decide("echo")
	dev.apply("echo").healthy("echo").failed("echo").write()
	a, ctx := w.audit(), t.Context()
	log, err := a.Log(ctx, audit.Query{Environment: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	moment, err := a.At(ctx, "dev", w.now, "now", false)
	if err != nil {
		t.Fatal(err)
	}
	life, err := a.Release(ctx, bareDigest(dev), false)
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.ReplayAll(ctx, "dev", false)
	if err != nil {
		t.Fatal(err)
	}
	for name, made := range map[string]answer{
		"log":     {text: func(w io.Writer) error { return log.WriteText(ctx, w) }, html: func(w io.Writer) error { return log.WriteHTML(ctx, w) }},
		"moment":  answerOf(moment),
		"release": answerOf(life),
		"replay":  answerOf(again),
	} {
		page, lines := text(t, made.html), text(t, made.text)
		for _, bad := range []string{"<script", "<img", "</title><s", "<style>*", "href=\"javascript", "\u202e", " src=\""} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: %q is in the page", name, bad)
			}
		}
		if strings.Count(page, "<title>Penstock") != 1 || strings.ContainsAny(lines, "\u202e\x1b") || strings.Contains(lines, "\nVerified: all is well") {
			t.Errorf("%s: a line is not ours:\n%s", name, lines)
		}
		if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("%s: the text is not shown", name)
		}
	}
}

func bareDigest(a *agent) string { return a.admitted["echo"].releases[0].Digest }

func TestAReleaseIsFoundByWhatItsDigestBeginsWith(t *testing.T) {
	w := tell(t)
	digest := bareDigest(w.agent("dev"))
	for _, id := range []string{"rel-" + digest[:7], digest[:4], "sha256:" + digest[:20], digest} {
		life, err := w.audit().Release(t.Context(), id, false)
		if err != nil || life.Digest != digest || len(life.Stays) != 2 {
			t.Errorf("%s: %+v, %v", id, life, err)
		}
	}
	for id, says := range map[string]string{"echo": "is no release", "rel-": "is no release", "abc": "is no release", "rel-0000000": "no fact is about a release rel-0000000: looked at dev (7 facts), prod (19 facts)", "rel-zzzzzzz": "is no release"} {
		if _, err := w.audit().Release(t.Context(), id, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAnIDThatSeveralReleasesHaveListsThem(t *testing.T) {
	w := newWorld(t)
	dev := w.agent("dev")
	for i, digest := range []string{"abcd1", "abcd2"} {
		dev.tell(records.Fact{Kind: records.Applied, Model: fmt.Sprintf("model-%d", i), Data: records.Data{Message: "applied", Release: &records.Release{ID: "rel-" + digest, Digest: digest + strings.Repeat("0", 59)}}})
	}
	dev.write()
	_, err := w.audit().Release(t.Context(), "rel-abcd", false)
	if err == nil {
		t.Fatal("one was chosen")
	}
	wantText(t, err.Error(), "may be any of 2 releases; give more digits", "rel-abcd1 (sha256:abcd10000", "of dev/model-1")
}

func TestWhatRanIsToldAsOfAnyTime(t *testing.T) {
	w := tell(t)
	for name, test := range map[string]struct {
		at   time.Time
		want []string
		not  string
	}{
		"before the beginning": {noon.Add(-time.Hour), []string{"nothing ran in prod", "what ran before is not told"}, "echo"},
		"at first":             {noon.Add(62 * time.Minute), []string{"Healthy since 2026-11-23T13:02:00Z", "echo:1.0"}, "rollback"},
		"after the rollback":   {noon.Add(59*time.Hour + 10*time.Minute), []string{"echo:1.0", "taken back to, from rel-", "2 facts were lost before fact"}, "echo:2.0"},
		"after it was removed": {w.now, []string{"nothing ran in prod"}, "echo:1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			moment, err := w.audit().At(t.Context(), "prod", test.at, test.at.Format(time.RFC3339), false)
			if err != nil {
				t.Fatal(err)
			}
			written := text(t, moment.WriteText)
			_, told, _ := strings.Cut(written, "\n") // how the records stand
			wantText(t, told, test.want...)
			if strings.Contains(told, test.not) {
				t.Errorf("%q is told:\n%s", test.not, told)
			}
		})
	}
	if _, err := w.audit().At(t.Context(), "prod", later.Add(time.Hour), "", false); err == nil || !strings.Contains(err.Error(), "is yet to come") {
		t.Errorf("%v", err)
	}
}

func TestAnEnvironmentThatCannotBeVerifiedDoesNotHideTheOthersForGood(t *testing.T) {
	w := newWorld(t).begin()
	w.commit(2, "List none", files{"environments/prod/environment.yaml": environment(t, "prod", 0)})
	if _, err := w.audit().Release(t.Context(), bareDigest(w.agent("dev")), false); err == nil || !strings.Contains(err.Error(), "NoKeys") {
		t.Errorf("%v", err)
	}
	life, err := w.audit().Release(t.Context(), bareDigest(w.agent("dev")), true)
	if err != nil || len(life.Stays) != 1 {
		t.Fatalf("%+v, %v", life, err)
	}
	wantText(t, text(t, life.WriteText), "penstock/records/prod: NoKeys")
}

// A model that left and came back is another stay, also of the same release.
func TestWhatWasDeletedAndCameBackRanSinceItCameBack(t *testing.T) {
	w := newWorld(t).begin()
	dev := w.agent("dev")
	w.commit(2, "Leave", files{"environments/dev/echo/model.yaml": ""})
	dev.decide("echo")
	dev.other(records.Pruned, "echo", records.Data{Message: "deleted"})
	w.later(time.Hour).commit(2, "Come back", files{"environments/dev/echo/model.yaml": echo("echo", "1.0")})
	dev.decide("echo")
	dev.apply("echo").write()
	moment, err := w.audit().At(t.Context(), "dev", w.now, "now", false)
	if err != nil || len(moment.Running) != 1 {
		t.Fatalf("%+v, %v", moment, err)
	}
	if r := moment.Running[0]; !r.Since.Equal(w.now) || len(r.Decisions) != 1 || r.Decisions[0].Asked[0].Subject != "Come back" {
		t.Errorf("%+v", r)
	}
}
