package records

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/policies"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// digestFor is that of a release with a short name.
func digestFor(name string) string { return "sha256:" + strings.Repeat(name, 64)[:64] }

// ledgerOf is a ledger of facts about llama, each written as in "Applied a 09:30", or "Applied a 09:30 parked".
func ledgerOf(t *testing.T, lines ...string) *Ledger {
	t.Helper()
	l := newLedger(Options{Environment: "staging"})
	grow(t, l, lines...)
	return l
}

func grow(t *testing.T, l *Ledger, lines ...string) {
	t.Helper()
	for _, line := range lines {
		words := append(strings.Fields(line), "", "")
		at, err := time.Parse("15:04", words[2])
		if err != nil {
			t.Fatal(err)
		}
		f := Fact{Kind: Kind(words[0]), Environment: "staging", Model: "llama", Sequence: l.head.Sequence + 1,
			Time: time.Date(2026, 11, 23, at.Hour(), at.Minute(), 0, 0, time.UTC)}
		if words[1] != "-" {
			f.Data.Release = &Release{ID: "rel-" + words[1], Digest: digestFor(words[1])}
		}
		switch words[3] {
		case "parked":
			f.Data.Parked = true
		case "environment":
			f.Model = ""
		case "progressing":
			f.Data.Health = &Health{Status: "Progressing"}
		case "from":
			f.Data.Rollback = &Rollback{From: digestFor(words[4]), To: f.Data.Release.Digest}
		}
		l.add([]Fact{f}, &link{last: f.Sequence}, Head{Sequence: f.Sequence, Time: f.Time})
	}
}

func TestWhatFactsProveOfARelease(t *testing.T) {
	at := func(text string) *time.Time {
		if text == "" {
			return nil
		}
		d, err := time.Parse("15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		made := time.Date(2026, 11, 23, d.Hour(), d.Minute(), 0, 0, time.UTC)
		return &made
	}
	long := func(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }
	for name, test := range map[string]struct {
		facts []string
		of    string // a unless told
		want  *policies.Evidence
	}{
		"nothing was ever told":                     {nil, "", nil},
		"another release was applied":               {[]string{"Applied b 09:00"}, "", nil},
		"it was only let in":                        {[]string{"Admitted a 09:00"}, "", nil},
		"it was only held":                          {[]string{"Held a 09:00"}, "", nil},
		"it was applied":                            {[]string{"Applied a 09:00"}, "", &policies.Evidence{}},
		"it is healthy":                             {[]string{"Applied a 09:00", "Healthy a 09:05"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"it is said to be healthy again":            {[]string{"Applied a 09:00", "Healthy a 09:05", "Healthy a 09:15"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"it was applied again":                      {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied a 09:15"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"it is on its way":                          {[]string{"Applied a 09:00", "Healthy a 09:05 progressing"}, "", &policies.Evidence{}},
		"it is degraded":                            {[]string{"Applied a 09:00", "Healthy a 09:05", "Degraded a 09:15"}, "", &policies.Evidence{LastFailure: at("09:15")}},
		"it recovered":                              {[]string{"Applied a 09:00", "Healthy a 09:05", "Degraded a 09:15", "Healthy a 09:20"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:20"), HealthyFor: long(40 * time.Minute), LastFailure: at("09:15")}},
		"it drifted":                                {[]string{"Applied a 09:00", "Healthy a 09:05", "Drifted a 09:15", "Corrected a 09:16"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute), LastDrift: at("09:15")}},
		"another replaced it":                       {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied b 09:15"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(10 * time.Minute), Until: at("09:15")}},
		"another replaced it while it was degraded": {[]string{"Applied a 09:00", "Healthy a 09:05", "Degraded a 09:10", "Applied b 09:15"}, "", &policies.Evidence{LastFailure: at("09:10"), Until: at("09:15")}},
		"another failed after it":                   {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied b 09:15", "Degraded b 09:16"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(10 * time.Minute), Until: at("09:15")}},
		"an old word of its failure":                {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied b 09:15", "Degraded a 09:16"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(10 * time.Minute), Until: at("09:15"), LastFailure: at("09:16")}},
		"it came back":                              {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied b 09:15", "Applied a 09:20"}, "", &policies.Evidence{}},
		"it came back and is healthy":               {[]string{"Applied a 09:00", "Degraded a 09:01", "Healthy a 09:05", "Applied b 09:15", "Applied a 09:20", "Healthy a 09:30"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:30"), HealthyFor: long(30 * time.Minute), LastFailure: at("09:01")}},
		"an old word of its health":                 {[]string{"Applied a 09:00", "Applied b 09:15", "Healthy a 09:20"}, "", &policies.Evidence{Until: at("09:15")}},
		"it was rolled back":                        {[]string{"Applied b 08:00", "Healthy b 08:10", "Applied a 09:00", "Healthy a 09:05", "RolledBack b 09:30 from a"}, "", &policies.Evidence{LastFailure: at("09:30"), Until: at("09:30")}},
		"what it was rolled back to":                {[]string{"Applied b 08:00", "Healthy b 08:10", "Applied a 09:00", "RolledBack b 09:30 from a", "Healthy b 09:31"}, "b", &policies.Evidence{Healthy: true, HealthySince: at("09:31"), HealthyFor: long(29 * time.Minute)}},
		"it is parked":                              {[]string{"Applied a 09:00 parked", "Healthy a 09:05"}, "", &policies.Evidence{}},
		"it was parked for a while":                 {[]string{"Applied a 09:00", "Healthy a 09:05", "Applied a 09:10 parked", "Applied a 09:20", "Healthy a 09:21"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:21"), HealthyFor: long(39 * time.Minute)}},
		"its descriptor is broken":                  {[]string{"Applied a 09:00", "Healthy a 09:05", "Refused - 09:15"}, "", &policies.Evidence{}},
		"its descriptor was broken":                 {[]string{"Applied a 09:00", "Healthy a 09:05", "Refused - 09:15", "Healthy a 09:20"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"it is suspended":                           {[]string{"Applied a 09:00", "Healthy a 09:05", "Suspended - 09:15"}, "", &policies.Evidence{}},
		"it was pruned":                             {[]string{"Applied a 09:00", "Healthy a 09:05", "Pruned - 09:15"}, "", &policies.Evidence{Until: at("09:15")}},
		"it was pruned and came back":               {[]string{"Applied a 09:00", "Healthy a 09:05", "Pruned - 09:15", "Applied a 09:20", "Healthy a 09:25"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:25"), HealthyFor: long(35 * time.Minute)}},
		"facts were lost":                           {[]string{"Applied a 09:00", "Healthy a 09:05", "Lost - 09:15 environment"}, "", &policies.Evidence{}},
		"facts were lost, and more were told":       {[]string{"Applied a 09:00", "Healthy a 09:05", "Lost - 09:15 environment", "Healthy a 09:20"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:20"), HealthyFor: long(40 * time.Minute)}},
		"that it was applied was lost":              {[]string{"Applied b 09:00", "Lost - 09:15 environment", "Healthy a 09:20"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:20"), HealthyFor: long(40 * time.Minute)}},
		"an evaluation failed":                      {[]string{"Applied a 09:00", "Healthy a 09:05", "Evaluated a 09:15"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"the next could not be applied":             {[]string{"Applied a 09:00", "Healthy a 09:05", "Failed b 09:15"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:05"), HealthyFor: long(55 * time.Minute)}},
		"from the future":                           {[]string{"Applied a 10:00", "Healthy a 10:04"}, "", &policies.Evidence{Healthy: true, HealthySince: at("10:04"), HealthyFor: long(0)}},
		"replaced in the future":                    {[]string{"Applied a 09:00", "Healthy a 09:30", "Applied b 10:04"}, "", &policies.Evidence{Healthy: true, HealthySince: at("09:30"), HealthyFor: long(30 * time.Minute), Until: at("10:00")}},
	} {
		of := digestFor("a")
		if test.of != "" {
			of = digestFor(test.of)
		}
		got, ok := ledgerOf(t, test.facts...).Evidence("llama", of, *at("10:00"), Sightings{})
		if test.want == nil {
			test.want = &policies.Evidence{}
			if ok {
				t.Errorf("%s: there is evidence", name)
			}
		} else if !ok {
			t.Errorf("%s: there is no evidence", name)
		}
		if diff := cmp.Diff(*test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEvidenceIsOfOneModel(t *testing.T) {
	l := ledgerOf(t, "Applied a 09:00", "Healthy a 09:05")
	for _, model := range []string{"mistral", ""} {
		if e, ok := l.Evidence(model, digestFor("a"), nine, Sightings{}); ok {
			t.Errorf("%q has evidence %+v", model, e)
		}
	}
}

// A fact that was not there at the last look is younger than that, whatever the clock of its writer says.
func TestAClaimIsNotOlderThanTheLastLook(t *testing.T) {
	seen, now := Sightings{}, nine.Add(12*time.Hour) // the reader's clock is 12 hours ahead of the writer's
	l := ledgerOf(t, "Applied a 09:00")
	seen = seen.See(l, now)
	seen = seen.See(l, now.Add(10*time.Minute))
	grow(t, l, "Healthy a 09:15", "Drifted a 09:15", "Applied b 09:30")
	seen = seen.See(l, now.Add(30*time.Minute))
	looked := now.Add(10 * time.Minute)
	e, _ := l.Evidence("llama", digestFor("a"), now.Add(40*time.Minute), seen)
	want := policies.Evidence{Healthy: true, HealthySince: &looked, HealthyFor: &metav1.Duration{}, LastDrift: &looked, Until: &looked}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	first, _ := l.Evidence("llama", digestFor("a"), now.Add(40*time.Minute), Sightings{}.See(l, now.Add(30*time.Minute)))
	if first.HealthySince.Equal(looked) || first.HealthyFor.Duration != 15*time.Minute {
		t.Errorf("at the first contact claims are believed, and it is %+v", first)
	}
}

// However the looks fell, and however many there were: what is kept of them makes no fact older than it is, and hardly younger.
func TestSightingsAreBoundedAndOnTheSafeSide(t *testing.T) {
	l, seen := &Ledger{first: "f"}, Sightings{}
	type look struct {
		sequence uint64
		at       time.Time
	}
	var all []look
	now := nine
	for i := range 200_000 {
		now = now.Add(time.Duration(30+i%7) * time.Second)
		if i%500 == 0 {
			now = now.Add(7 * time.Hour)
		}
		l.head.Sequence = uint64(i/3 + i/100*17)
		seen = seen.See(l, now)
		all = append(all, look{l.head.Sequence, now})
	}
	if len(seen.Looks) > 600 {
		t.Errorf("%d looks are kept", len(seen.Looks))
	}
	worst := 0.0
	for i := 1; i < len(all); i++ {
		if all[i].sequence == all[i-1].sequence || now.Sub(all[i].at) > oldestLook {
			continue
		}
		kept, truth := seen.After(all[i].sequence), all[i-1].at
		if kept.Before(truth) {
			t.Fatalf("fact %d was not there at %s, and is said to have been after %s", all[i].sequence, truth, kept)
		}
		if late, age := kept.Sub(truth), now.Sub(truth); late > 3*finest {
			worst = max(worst, float64(late)/float64(age))
		}
	}
	if worst > 2.0/fineness {
		t.Errorf("a fact is made younger by %.0f %%", 100*worst)
	}
}

func TestALookByAWrongClockIsTakenBack(t *testing.T) {
	l := ledgerOf(t, "Applied a 09:00")
	seen := Sightings{}.See(l, nine.Add(1000*time.Hour))
	grow(t, l, "Healthy a 09:10")
	seen = seen.See(l, nine.Add(time.Hour))
	e, _ := l.Evidence("llama", digestFor("a"), nine.Add(3*time.Hour), seen)
	if e.HealthySince == nil || !e.HealthySince.Equal(nine.Add(time.Hour)) {
		t.Errorf("got %+v", e)
	}
}

func TestABranchThatWasBegunAnewWasNeverLookedAt(t *testing.T) {
	a, b := &Ledger{first: "a", head: Head{Sequence: 7}}, &Ledger{first: "b", head: Head{Sequence: 3}}
	seen := Sightings{}.See(a, nine).See(b, nine.Add(time.Hour))
	if want := (Sightings{First: "b", Looks: []Look{{Sequence: 3, At: nine.Add(time.Hour)}}}); !cmp.Equal(want, seen) {
		t.Errorf("got %+v", seen)
	}
}

func TestFormerReleasesAreThoseThatWereHealthy(t *testing.T) {
	l := ledgerOf(t, "Applied a 09:00", "Healthy a 09:01", "Applied b 09:10", "Degraded b 09:11", "Applied c 09:20", "Healthy c 09:21", "Applied a 09:30", "Applied d 09:40", "Healthy d 09:41")
	if diff := cmp.Diff([]string{digestFor("a"), digestFor("c")}, l.Former("llama")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatRanWhen(t *testing.T) {
	l := ledgerOf(t, "Applied a 09:00", "Healthy a 09:01", "Applied b 09:10", "Degraded b 09:11", "RolledBack a 09:20 from b", "Healthy a 09:21", "Suspended - 09:30", "Pruned - 09:40")
	for at, want := range map[string]string{
		"08:59": "", "09:00": "rel-a Applied", "09:05": "rel-a Healthy", "09:10": "rel-b Applied", "09:19": "rel-b Degraded",
		"09:20": "rel-a Applied", "09:29": "rel-a Healthy", "09:35": "rel-a Suspended", "09:40": "",
	} {
		d, _ := time.Parse("15:04", at)
		got := ""
		if r, ok := l.At(time.Date(2026, 11, 23, d.Hour(), d.Minute(), 59, 0, time.UTC))["llama"]; ok {
			got = fmt.Sprintf("%s %s", r.Release, r.State)
		}
		if got != want {
			t.Errorf("at %s it was %q, want %q", at, got, want)
		}
	}
}

func TestTheNewestEvaluationsOfARelease(t *testing.T) {
	l := ledgerOf(t, "Applied a 09:00", "Healthy a 09:01")
	tell := func(release string, e Evaluation, at time.Time) {
		f := Fact{Kind: Evaluated, Environment: "staging", Model: "llama", Sequence: l.head.Sequence + 1, Time: at, Data: Data{Release: &Release{Digest: digestFor(release)}, Evaluation: &e}}
		l.add([]Fact{f}, &link{last: f.Sequence}, Head{Sequence: f.Sequence, Time: at})
	}
	tell("a", Evaluation{Name: "quality", Metrics: map[string]float64{"acc": 0.1}, Revision: "r", Finished: nine.Add(time.Minute)}, nine.Add(2*time.Minute))
	tell("a", Evaluation{Name: "quality", Passed: true, Metrics: map[string]float64{"acc": 0.9}, Revision: "r", Finished: nine.Add(time.Hour)}, nine.Add(10*time.Minute))
	tell("a", Evaluation{Name: "safety", Metrics: map[string]float64{"refusals": 1}, Finished: nine.Add(11 * time.Minute)}, nine.Add(12*time.Minute))
	tell("b", Evaluation{Name: "other", Metrics: map[string]float64{"acc": 1}}, nine.Add(13*time.Minute))
	now := nine.Add(20 * time.Minute)
	passed, failed := true, false
	want := map[string]policies.Evaluation{
		"quality": {Passed: &passed, Metrics: map[string]float64{"acc": 0.9}, Revision: "r", Release: "rel-a", Signers: []string{"penstock@staging"}, Finished: nine.Add(10 * time.Minute), Age: metav1.Duration{Duration: 10 * time.Minute}},
		"safety":  {Passed: &failed, Metrics: map[string]float64{"refusals": 1}, Release: "rel-a", Signers: []string{"penstock@staging"}, Finished: nine.Add(11 * time.Minute), Age: metav1.Duration{Duration: 9 * time.Minute}},
	}
	if diff := cmp.Diff(want, l.Evaluations("llama", digestFor("a"), now, Sightings{})); diff != "" {
		t.Error(diff)
	}
	if got := l.Evaluations("llama", digestFor("b"), now, Sightings{}); len(got) > 0 {
		t.Errorf("a release that never ran has %v", got)
	}
}

// A ledger that others read does not change when facts follow, also when they follow twice in different ways.
func TestALedgerStaysAsItIs(t *testing.T) {
	old := ledgerOf(t, "Applied a 09:00", "Healthy a 09:05")
	old.notes, old.commits = slices.Grow(old.notes, 10), slices.Grow(old.commits, 10)
	before, _ := old.Evidence("llama", digestFor("a"), nine.Add(time.Hour), Sightings{})
	one, two := old.clone(), old.clone()
	grow(t, one, "Degraded a 09:10", "Applied b 09:20")
	grow(t, two, "Drifted a 09:11")
	three := two.clone()
	grow(t, three, "Applied c 09:12", "Healthy c 09:13")
	after, _ := old.Evidence("llama", digestFor("a"), nine.Add(time.Hour), Sightings{})
	if diff := cmp.Diff(before, after); diff != "" || old.Len() != 2 {
		t.Errorf("%d facts, %s", old.Len(), diff)
	}
	for _, test := range []struct {
		l    *Ledger
		want []Kind
	}{{one, []Kind{Applied, Healthy, Degraded, Applied}}, {two, []Kind{Applied, Healthy, Drifted}}, {three, []Kind{Applied, Healthy, Drifted, Applied, Healthy}}} {
		var got []Kind
		for _, n := range test.l.notes {
			got = append(got, kinds[n.kind].kind)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
	}
	if len(old.At(nine.Add(11*time.Minute))) != 1 || old.At(nine.Add(30 * time.Minute))["llama"].State != Healthy || two.At(nine.Add(30 * time.Minute))["llama"].Digest != digestFor("a") {
		t.Error("what ran when was changed")
	}
}
