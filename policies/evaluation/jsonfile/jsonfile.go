// Package jsonfile reads JSON that another tool wrote and a stranger committed: evaluation results and
// vulnerability reports. Two readers must not understand it differently, so keys are matched exactly and said
// once, and it is refused with the line on which it goes wrong.
package jsonfile

import (
	"bytes"
	gojson "encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"sigs.k8s.io/json"

	"github.com/penstock-dev/penstock/environments/problem"
)

// InvalidJSON is the rule that a file breaks which cannot be read as JSON.
const InvalidJSON = "InvalidJSON"

// Read decodes one JSON value of at most max bytes into a pointer. Unknown fields are left out.
func Read(file string, data []byte, max int, into any) problem.List {
	return read(file, data, max, into, json.DisallowDuplicateFields)
}

// ReadStrict is Read, and an unknown field of a struct is a problem.
func ReadStrict(file string, data []byte, max int, into any) problem.List {
	return read(file, data, max, into, json.DisallowDuplicateFields, json.DisallowUnknownFields)
}

func read(file string, data []byte, max int, into any, options ...json.StrictOption) problem.List {
	if len(data) > max {
		return problem.List{{File: file, Rule: problem.TooLarge, Mend: "leave out what nobody needs to decide on",
			Message: fmt.Sprintf("the file has %d bytes; expected %d at most", len(data), max)}}
	}
	if !utf8.Valid(data) {
		return problem.List{{File: file, Rule: problem.InvalidText, Message: "the file is not UTF-8 text", Mend: "save the file as UTF-8"}}
	}
	twice, err := json.UnmarshalStrict(data, into, options...)
	if err != nil {
		return problem.List{explain(file, data, err)}
	}
	var problems problem.List
	for _, fault := range twice {
		problems = append(problems, strictness(file, fault))
	}
	return problems
}

// explain puts an error of the decoder into words that do not name types of Go.
func explain(file string, data []byte, err error) problem.Problem {
	var wrong *gojson.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return problem.Problem{File: file, Line: line(data, wrong.Offset), Field: short(wrong.Field), Rule: problem.WrongType,
			Message: fmt.Sprintf("found a %s, which has no place here", short(wrong.Value)), Mend: "compare the file with what the tool writes"}
	}
	p := problem.Problem{File: file, Rule: InvalidJSON, Message: "the file is not JSON: " + short(err.Error()),
		Mend: "write it anew with the tool that made it; NaN and Infinity are not JSON"}
	if syntax, offset := json.SyntaxErrorOffset(err); syntax {
		p.Line = line(data, offset)
	}
	return p
}

// strictness is a key that is unknown or said twice.
func strictness(file string, err error) problem.Problem {
	p := problem.Problem{File: file, Rule: problem.UnknownField, Message: short(err.Error()), Mend: "remove it"}
	var field json.FieldError
	if errors.As(err, &field) {
		p.Field, p.Message = short(field.FieldPath()), "there is no such field"
		if bytes.HasPrefix([]byte(err.Error()), []byte("duplicate field")) {
			p.Rule, p.Message, p.Mend = problem.DuplicateKey, "the field is here a second time", "keep one of them"
		}
	}
	return p
}

// line counts from 1.
func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:max(0, min(offset, int64(len(data))))], []byte("\n"))
}

// short cuts what a stranger wrote to a length that a report can hold.
func short(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
