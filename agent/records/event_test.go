package records_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

var update = flag.Bool("update", false, "write the goldens anew")

// same compares facts; what JSON does not hold does not count.
var same = cmp.Options{cmpopts.IgnoreUnexported(policies.Exception{}), cmpopts.EquateEmpty()}

// golden compares what was made with a file that people can read.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is another: go test ./agent/records -update\n%s", file, diff)
	}
}

func told(t testing.TB) *records.Commit {
	t.Helper()
	c, err := records.Append(records.Head{}, "staging", story(), nil, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEachKindIsAFileThatPeopleAndCloudEventsRead(t *testing.T) {
	c, seen := told(t), map[records.Kind]bool{}
	for _, f := range c.Facts {
		seen[f.Kind] = true
		data := c.Files[f.Path()]
		golden(t, "facts/"+strings.ToLower(string(f.Kind))+".json", data)
		again, problems := records.Unmarshal(f.Path(), data)
		if diff := cmp.Diff(f, again, same); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v %s", f.Path(), problems, diff)
		}
		var e event.Event
		if err := json.Unmarshal(data, &e); err != nil {
			t.Errorf("%s is no CloudEvent: %v", f.Path(), err)
			continue
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", f.Path(), err)
		}
		if e.ID() != f.ID || e.Subject() != f.Unit() || !e.Time().Equal(f.Time) || e.Source() != "/penstock/environments/staging" ||
			e.Type() != "dev.penstock.record."+strings.ToLower(string(f.Kind))+".v1" || e.Extensions()["sequence"] != fmt.Sprintf("%09d", f.Sequence) {
			t.Errorf("CloudEvents reads %s as %v", f.Path(), e)
		}
	}
	for _, kind := range records.Kinds() {
		if !seen[kind] {
			t.Errorf("there is no sample of %s", kind)
		}
	}
}

func TestTheMessageReadsNaturally(t *testing.T) {
	c := told(t)
	golden(t, "message.txt", []byte(c.Message))
	for want, facts := range map[string][]records.Fact{
		"staging/llama: admit rel-3f2a91c":               {fact(records.Admitted, "llama", releaseA, noon)},
		"staging/llama: apply, find healthy rel-3f2a91c": {fact(records.Applied, "llama", releaseA, noon), fact(records.Healthy, "llama", releaseA, noon)},
		"staging: 2 facts about 2 models":                {fact(records.Applied, "llama", releaseA, noon), fact(records.Healthy, "mistral", releaseA, noon)},
		"staging/llama: delete":                          {fact(records.Pruned, "llama", "", noon)},
		"staging/llama: 2 facts":                         {fact(records.Applied, "llama", releaseA, noon), fact(records.Applied, "llama", releaseB, noon)},
		"staging: lose facts":                            {fact(records.Lost, "", "", noon)},
	} {
		c, err := records.Append(records.Head{}, "staging", facts, nil, noon)
		if err != nil {
			t.Fatal(err)
		}
		if subject, _, _ := strings.Cut(c.Message, "\n"); subject != want {
			t.Errorf("got %q, want %q", subject, want)
		}
	}
}

func TestThePageOfABranchSaysHowToVerifyIt(t *testing.T) {
	golden(t, "README.md", told(t).Files["README.md"])
}

// What anybody may have written, and why it is no fact.
func TestWhatIsNoFactIsRefused(t *testing.T) {
	c := told(t)
	f := c.Facts[5]
	good := string(c.Files[f.Path()])
	replaced := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, test := range map[string]struct{ data, rule, says string }{
		"nothing":                    {"", "InvalidJSON", "unexpected end"},
		"another format":             {"specversion: 1.0\n", "InvalidJSON", "invalid character"},
		"two":                        {good + good, "InvalidJSON", "after top-level value"},
		"too large":                  {replaced("applied rel", strings.Repeat("a", records.MaxBytes)), "TooLarge", "expected 262144 at most"},
		"too deep":                   {replaced(`"data": {`, `"data": `+strings.Repeat("[", 40)), "TooLarge", "deeper than 32"},
		"not UTF-8":                  {replaced("applied rel", "\xff"), "InvalidText", "not UTF-8"},
		"a control character":        {replaced("applied rel", `\u001b[31m`), "InvalidText", "escaped control character"},
		"an escape that needs none":  {replaced("applied rel", `\u0061pplied rel`), "InvalidText", "needs no escape"},
		"an unknown field":           {replaced(`"datacontenttype"`, `"dataschema": "x", "datacontenttype"`), "UnknownField", "no such field"},
		"a field of another case":    {replaced(`"subject"`, `"Subject"`), "UnknownField", "no such field"},
		"a field twice":              {replaced(`"id":`, `"id": "0", "id":`), "DuplicateKey", "second time"},
		"other spaces":               {replaced("  ", " "), "NotCanonical", "another program"},
		"no newline":                 {strings.TrimSuffix(good, "\n"), "NotCanonical", "another program"},
		"another order":              {strings.Replace(replaced(`  "specversion": "1.0",`+"\n", ""), `  "type"`, `  "specversion": "1.0",`+"\n"+`  "type"`, 1), "NotCanonical", "another program"},
		"another version":            {replaced(`"specversion": "1.0"`, `"specversion": "2.0"`), "InvalidValue", "expected 1.0"},
		"a type of nobody's":         {replaced("applied.v1", "applauded.v1"), "InvalidValue", "is no kind"},
		"a type of the future":       {replaced("applied.v1", "applied.v2"), "InvalidValue", "is no kind"},
		"a source of another sort":   {replaced("/penstock/environments/staging", "https://example.com/staging"), "InvalidValue", "expected /penstock/environments/"},
		"a subject elsewhere":        {replaced(`"staging/llama-3-8b"`, `"prod/llama-3-8b"`), "InvalidValue", "expected the environment"},
		"a model of no name":         {replaced(`"staging/llama-3-8b"`, `"staging/../x"`), "InvalidValue", "no name of a model"},
		"a time elsewhere":           {replaced("12:09:00.000Z", "13:09:00.000+01:00"), "InvalidValue", "expected a time"},
		"a time in seconds":          {replaced("12:09:00.000Z", "12:09:00Z"), "InvalidValue", "expected a time"},
		"a number in words":          {replaced(`"000000006"`, `"six"`), "InvalidValue", "nine digits"},
		"a number with a sign":       {replaced(`"000000006"`, `"+00000006"`), "InvalidValue", "nine digits"},
		"number nothing":             {replaced(`"000000006"`, `"000000000"`), "InvalidValue", "expected 1 to 999999999"},
		"a number of another file's": {replaced(`"000000006"`, `"000000007"`), "Misplaced", "000000007-applied.json"},
		"no fact before":             {replaced(`"previous": "`+f.Previous+`",`+"\n  ", ""), "InvalidValue", "expected a digest"},
		"an id of another form":      {replaced(f.ID, strings.ToUpper(f.ID)), "InvalidValue", "32 hex digits"},
		"data of another type":       {replaced(`"action": "configured"`, `"action": 7`), "WrongType", "found a number"},
	} {
		_, problems := records.Unmarshal(f.Path(), []byte(test.data))
		if len(problems) == 0 {
			t.Errorf("%s is taken for a fact", name)
			continue
		}
		if p := problems[0]; p.Rule != test.rule || !strings.Contains(p.Message, test.says) || p.File != f.Path() {
			t.Errorf("%s: got %s %v", name, p.Rule, p)
		}
	}
	if _, problems := records.Unmarshal("llama-3-8b/2026-11/24/000000006-applied.json", []byte(good)); len(problems) != 1 || problems[0].Rule != "Misplaced" {
		t.Errorf("a fact in the directory of another day: %v", problems)
	}
}

func TestPathsOfFacts(t *testing.T) {
	for _, path := range []string{"llama-3-8b/2026-11/23/000000041-applied.json", "_environment/2026-02/28/999999999-rolledback.json"} {
		if place, ok := records.ParsePath(path); !ok || place.Path() != path {
			t.Errorf("%s is read as %+v, %v", path, place, ok)
		}
	}
	for _, path := range []string{
		"", "README.md", "llama/2026-11/23/41-applied.json", "llama/2026-11/23/000000041-Applied.json", "llama/2026-11/23/000000041-applied",
		"llama/2026-02/30/000000041-applied.json", "llama/2026-11/23/000000000-applied.json", "-llama/2026-11/23/000000041-applied.json",
		"_other/2026-11/23/000000041-applied.json", "a/llama/2026-11/23/000000041-applied.json", "llama/2026-11/23/000000041-seen.json",
		"llama/2026-11/23/000000041-applied.json\n",
	} {
		if place, ok := records.ParsePath(path); ok {
			t.Errorf("%q is read as %+v", path, place)
		}
	}
}

func TestAnIDTellsPartsApart(t *testing.T) {
	if a, b := records.NewID("a", "bc"), records.NewID("ab", "c"); a == b || a != records.NewID("a", "bc") || len(a) != 32 {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestAFactThatSaysTooMuchIsCutAndSaysSo(t *testing.T) {
	for name, change := range map[string]func(d *records.Data){
		"a long message": func(d *records.Data) { d.Message = strings.Repeat("é", 300_000) },
		"many problems":  func(d *records.Data) { d.Problems = strings.Split(strings.Repeat("it is wrong;", 50_000), ";") },
		"many objects":   func(d *records.Data) { d.Objects = make([]records.Object, 20_000) },
		"findings that are long": func(d *records.Data) {
			d.Decision = &records.Decision{Decision: policies.Decision{Findings: make([]policies.Finding, 900)}}
			for i := range d.Decision.Findings {
				d.Decision.Findings[i] = policies.Finding{Policy: "p", Message: strings.Repeat(`"`, 3000), Fields: strings.Split(strings.Repeat("spec.x,", 100), ",")}
			}
		},
		"metrics without end": func(d *records.Data) {
			d.Evaluation = &records.Evaluation{Metrics: map[string]float64{}}
			for i := range 30_000 {
				d.Evaluation.Metrics[fmt.Sprintf("metric-%05d", i)] = float64(i)
			}
		},
	} {
		f := fact(records.Applied, "llama", releaseA, noon)
		change(&f.Data)
		bounded := f.Bounded()
		bounded.Sequence = 1
		data, err := bounded.Marshal()
		if err != nil || len(data) > records.MaxBytes {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
		if len(bounded.Data.Cut) == 0 || bounded.Data.Release == nil || bounded.Data.Release.Digest != releaseA || bounded.Data.Source.Commit != commitA {
			t.Errorf("%s: what is left is %.300s", name, data)
		}
		if diff := cmp.Diff(bounded, bounded.Bounded(), same); diff != "" {
			t.Errorf("%s: cut again: %s", name, diff)
		}
		again, problems := records.Unmarshal("", data)
		if diff := cmp.Diff(bounded, again, same); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v %s", name, problems, diff)
		}
	}
	if f := fact(records.Applied, "llama", releaseA, noon); len(f.Bounded().Data.Cut) > 0 {
		t.Errorf("a small fact is cut: %v", f.Bounded().Data.Cut)
	}
}

func TestBoundedDoesNotChangeTheOriginal(t *testing.T) {
	f := fact(records.Drifted, "llama", releaseA, noon)
	f.Data.Problems = []string{"\x1b[31m"}
	f.Data.Drift = []records.Drift{{Object: records.Object{Kind: "Secret"}, Found: "hunter2"}}
	f.Data.Evaluation = &records.Evaluation{Metrics: map[string]float64{"loss": math.NaN(), "acc": 1}}
	b := f.Bounded()
	if f.Data.Problems[0] != "\x1b[31m" || f.Data.Drift[0].Found != "hunter2" || len(f.Data.Evaluation.Metrics) != 2 {
		t.Errorf("the original is %+v", f.Data)
	}
	if b.Data.Problems[0] != "�[31m" || len(b.Data.Evaluation.Metrics) != 1 || len(b.Data.Cut) != 1 {
		t.Errorf("got %+v", b.Data)
	}
}

// No value of a Secret enters the records: drift of one says which field, and not what is in it.
func TestNoValueOfASecretIsWritten(t *testing.T) {
	f := fact(records.Drifted, "llama", releaseA, noon)
	f.Data.Drift = []records.Drift{
		{Object: records.Object{Kind: "Secret", Name: "token", Action: "kept"}, Field: ".data.token", Wanted: "aHVudGVyMg==", Found: "c2VjcmV0"},
		{Object: records.Object{Kind: "ConfigMap", Name: "settings", Action: "kept"}, Field: ".data.level", Wanted: "info", Found: "debug"},
	}
	f.Sequence = 1
	if _, err := f.Marshal(); err == nil || !strings.Contains(err.Error(), "it tells what is in a Secret") || strings.Contains(err.Error(), "aHVudGVyMg") {
		t.Errorf("got %v", err)
	}
	data, err := f.Bounded().Marshal()
	if err != nil || bytes.Contains(data, []byte("aHVudGVyMg")) || bytes.Contains(data, []byte("c2VjcmV0")) || !bytes.Contains(data, []byte(".data.token")) || !bytes.Contains(data, []byte("debug")) {
		t.Errorf("%v: %s", err, data)
	}
	var names func(at reflect.Type, seen map[reflect.Type]bool)
	names = func(at reflect.Type, seen map[reflect.Type]bool) {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice || at.Kind() == reflect.Map {
			at = at.Elem()
		}
		if at.Kind() == reflect.Interface {
			t.Errorf("%s could hold anything, also a Secret", at)
		}
		if at.Kind() != reflect.Struct || seen[at] || at == reflect.TypeFor[time.Time]() {
			return
		}
		seen[at] = true
		for field := range at.Fields() {
			names(field.Type, seen)
		}
	}
	names(reflect.TypeFor[records.Data](), map[reflect.Type]bool{})
}

func TestMarshalRefusesWhatUnmarshalWould(t *testing.T) {
	for name, change := range map[string]func(f *records.Fact){
		"no number":         func(f *records.Fact) { f.Sequence = 0 },
		"part of a moment":  func(f *records.Fact) { f.Time = f.Time.Add(time.Microsecond) },
		"another zone":      func(f *records.Fact) { f.Time = f.Time.In(time.FixedZone("", 3600)) },
		"control character": func(f *records.Fact) { f.Data.Message = "a\x00b" },
		"not UTF-8":         func(f *records.Fact) { f.Data.Message = "a\xffb" },
		"not a number": func(f *records.Fact) {
			f.Data.Evaluation = &records.Evaluation{Metrics: map[string]float64{"a": math.NaN()}}
		},
		"too large": func(f *records.Fact) { f.Data.Message = strings.Repeat("a", records.MaxBytes) },
	} {
		f := fact(records.Applied, "llama", releaseA, noon)
		f.Sequence = 1
		change(&f)
		data, err := f.Marshal()
		if err != nil {
			continue
		}
		if again, problems := records.Unmarshal(f.Path(), data); len(problems) > 0 || !cmp.Equal(f, again, same) {
			t.Errorf("%s: written as %s, %v", name, data, problems)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	c := told(f)
	for path, data := range c.Files {
		if path != "README.md" {
			f.Add(data)
		}
	}
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Add([]byte(`{"specversion": "1.0", "data": {"decision": {"evidence": {"a": {"healthyFor": "1h"}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fact, problems := records.Unmarshal("", data)
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || len(p.Message) > 1000 || !utf8.ValidString(p.Message) {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		again, err := fact.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q is written as %q, %v", data, again, err)
		}
		if place, ok := records.ParsePath(fact.Path()); !ok || place != fact.Place() {
			t.Fatalf("the path %s is read as %+v", fact.Path(), place)
		}
	})
}

// Whatever is told can be written, and is read as it was written.
func FuzzBounded(f *testing.F) {
	f.Add("message", "id", 3, 1.5, int64(0))
	f.Add("\xff\x00\u2028<&>\x1b", strings.Repeat("long", 5000), 3000, math.Inf(1), int64(1)<<60)
	f.Fuzz(func(t *testing.T, text, other string, many int, number float64, nanoseconds int64) {
		fact := fact(records.Held, "llama", releaseA, time.Unix(1.8e9, nanoseconds%1e15))
		many = max(0, many%5000)
		d := &fact.Data
		d.Message, d.Release.Image, d.Problems = text, other, make([]string, many)
		for i := range d.Problems {
			d.Problems[i] = text
		}
		d.Evaluation = &records.Evaluation{Name: other, Metrics: map[string]float64{text: number, other: 1}, Finished: time.Unix(0, nanoseconds)}
		d.Decision = &records.Decision{Decision: policies.Decision{Facts: map[string]string{text: other, other: text}}, Now: time.Unix(nanoseconds, 0)}
		c, err := records.Append(records.Head{}, "staging", []records.Fact{fact}, nil, time.Unix(4e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		again, problems := records.Unmarshal(c.Facts[0].Path(), c.Files[c.Facts[0].Path()])
		if diff := cmp.Diff(c.Facts[0], again, same); diff != "" || len(problems) > 0 {
			t.Fatalf("%v %s", problems, diff)
		}
	})
}
