package records_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		"more at the end":            {good + "\n", "NotCanonical", "another program"},
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
