package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

const (
	// NotCanonical is the rule that a file breaks which says a fact in another way than Marshal.
	NotCanonical = "NotCanonical"
	// Misplaced is the rule that a fact breaks which is in another file than its own.
	Misplaced = "Misplaced"

	// deepest is how deep values may be nested. Facts need less than ten.
	deepest = 32
)

// Unmarshal reads the file of a fact, which anybody may have written. It accepts just the bytes that Marshal writes, at just
// the path where they belong; file is the path, or empty where it does not matter.
func Unmarshal(file string, data []byte) (Fact, problem.List) {
	if found := checkText(file, data); found != nil {
		return Fact{}, problem.List{*found}
	}
	var e event
	if json.Unmarshal(data, &e) != nil {
		return Fact{}, explain(file, data)
	}
	f, problems := e.fact()
	problems = append(problems, f.check()...)
	if again, err := f.encode(); err != nil || len(problems) == 0 && !bytes.Equal(again, data) {
		return Fact{}, explain(file, data)
	}
	if len(problems) > 0 {
		return Fact{}, in(file, problems)
	}
	if file != "" && file != f.Path() {
		return Fact{}, problem.List{{File: file, Rule: Misplaced, Message: fmt.Sprintf("the fact belongs in %s", f.Path())}}
	}
	return f, nil
}

// fact is what an event says, as far as it can be told at all; what says the same twice has to agree.
func (e event) fact() (Fact, problem.List) {
	f := Fact{ID: e.ID, Kind: kindOfType(e.Type), Previous: e.Previous, Data: e.Data}
	f.Environment, _ = strings.CutPrefix(e.Source, sourcePrefix)
	f.Model, _ = strings.CutPrefix(e.Subject, f.Environment+"/")
	if e.Subject == f.Environment {
		f.Model = ""
	}
	var problems problem.List
	expect := func(ok bool, field, format string, args ...any) {
		if !ok {
			problems = append(problems, problem.Problem{Field: field, Rule: problem.InvalidValue, Message: fmt.Sprintf(format, args...)})
		}
	}
	var err error
	f.Time, err = time.Parse(timeLayout, e.Time)
	expect(err == nil && f.Time.Format(timeLayout) == e.Time, "time", "found %.40q; expected a time as in %s", e.Time, timeLayout)
	f.Sequence, err = strconv.ParseUint(e.Sequence, 10, 64)
	expect(err == nil && len(e.Sequence) == 9, "sequence", "found %.40q; expected nine digits", e.Sequence)
	expect(e.SpecVersion == specVersion, "specversion", "found %.40q; expected %s", e.SpecVersion, specVersion)
	expect(e.DataContentType == contentType, "datacontenttype", "found %.40q; expected %s", e.DataContentType, contentType)
	expect(e.Source == sourcePrefix+f.Environment, "source", "found %.80q; expected %s and the name of an environment", e.Source, sourcePrefix)
	expect(e.Subject == f.Unit(), "subject", "found %.80q; expected the environment, or a model in it", e.Subject)
	return f, problems
}

// explain says why a file is not what Marshal writes.
func explain(file string, data []byte) problem.List {
	var e event
	if problems := jsonfile.ReadStrict(file, data, MaxBytes, &e); len(problems) > 0 {
		return problems
	}
	return problem.List{{File: file, Rule: NotCanonical, Message: "the file is not written as Penstock writes facts, and another program could understand it differently"}}
}

// in says which file problems are in.
func in(file string, problems problem.List) problem.List {
	for i := range problems {
		problems[i].File = file
	}
	return problems
}

// checkText refuses what is too large or too deep, what is not UTF-8, and control characters, also where they are escaped.
func checkText(file string, data []byte) *problem.Problem {
	switch {
	case len(data) > MaxBytes:
		return &problem.Problem{File: file, Rule: problem.TooLarge, Message: fmt.Sprintf("the fact has %d bytes; expected %d at most", len(data), MaxBytes)}
	case !utf8.Valid(data):
		return &problem.Problem{File: file, Rule: problem.InvalidText, Message: "the fact is not UTF-8 text"}
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == '"': // brackets within text are none
			end, found := checkString(file, data, i)
			if found != nil {
				return found
			}
			i = end
		}
		if depth > deepest {
			return &problem.Problem{File: file, Line: lineAt(data, i), Rule: problem.TooLarge, Message: fmt.Sprintf("values are nested deeper than %d", deepest)}
		}
	}
	return nil
}

// checkString looks at the text that begins at a quote, and returns where it ends.
func checkString(file string, data []byte, start int) (end int, found *problem.Problem) {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i, nil
		case '\\':
			i++
			if !mayEscape(data[i:]) {
				return i, &problem.Problem{File: file, Line: lineAt(data, i), Rule: problem.InvalidText, Message: "there is an escaped control character, or one that needs no escape"}
			}
		}
	}
	return len(data), nil // which the decoder will say
}

// mayEscape says whether what follows a backslash is what Marshal writes.
func mayEscape(rest []byte) bool {
	if len(rest) == 0 {
		return false
	}
	return strings.IndexByte(`"\nt`, rest[0]) >= 0 || bytes.HasPrefix(rest, []byte("u2028")) || bytes.HasPrefix(rest, []byte("u2029"))
}

// lineAt counts from 1.
func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n"))
}
