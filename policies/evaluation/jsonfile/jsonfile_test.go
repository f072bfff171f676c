package jsonfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/environments/problem"
)

type thing struct {
	Name  string             `json:"name"`
	Parts map[string]float64 `json:"parts"`
	In    struct {
		Count int `json:"count"`
	} `json:"in"`
}

func TestWhatIsRefused(t *testing.T) {
	const anew = "write it anew with the tool that made it; NaN and Infinity are not JSON"
	for data, want := range map[string]problem.Problem{
		"":                            {Rule: "InvalidJSON", Line: 1, Message: "the file is not JSON: unexpected end of JSON input", Mend: anew},
		"{\n\"name\": NaN}":           {Rule: "InvalidJSON", Line: 2, Message: "the file is not JSON: invalid character 'N' looking for beginning of value", Mend: anew},
		"{} {}":                       {Rule: "InvalidJSON", Line: 1, Message: "the file is not JSON: invalid character '{' after top-level value", Mend: anew},
		"{\"name\": \"\xff\"}":        {Rule: "InvalidText", Message: "the file is not UTF-8 text", Mend: "save the file as UTF-8"},
		"{\n\n\"name\": 1}":           {Rule: "WrongType", Line: 3, Field: "name", Message: "found a number, which has no place here", Mend: "compare the file with what the tool writes"},
		`{"in": {"count": 1.5}}`:      {Rule: "WrongType", Line: 1, Field: "in.count", Message: "found a number 1.5, which has no place here", Mend: "compare the file with what the tool writes"},
		`{"name": "a", "name": "b"}`:  {Rule: "DuplicateKey", Field: "name", Message: "the field is here a second time", Mend: "keep one of them"},
		`{"parts": {"a": 1, "a": 2}}`: {Rule: "DuplicateKey", Field: "parts.a", Message: "the field is here a second time", Mend: "keep one of them"},
		`{"name": "a", "Name": "b"}`:  {Rule: "UnknownField", Field: "Name", Message: "there is no such field", Mend: "remove it"},
		`{"x": "` + strings.Repeat("a", 200) + `"}`: {Rule: "TooLarge", Message: "the file has 209 bytes; expected 100 at most", Mend: "leave out what nobody needs to decide on"},
	} {
		want.File = "e.json"
		var into thing
		if diff := cmp.Diff(problem.List{want}, ReadStrict("e.json", []byte(data), 100, &into)); diff != "" {
			t.Errorf("%q: %s", data, diff)
		}
	}
}

func TestOtherFieldsAreLeftOutButForStrictReaders(t *testing.T) {
	var into thing
	if problems := Read("e.json", []byte(`{"name": "a", "NAME": "b", "other": [1]}`), 100, &into); len(problems) > 0 || into.Name != "a" {
		t.Errorf("got %+v and %v", into, problems)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"name": "a", "name": "b", "in": {"count": 1e400}}`))
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var into thing
		for _, p := range ReadStrict("e.json", data, 1<<20, &into) {
			if p.Rule == "" || p.Message == "" || p.Mend == "" || len(p.Message) > 600 {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
	})
}
