// Package problem is the one way in which Penstock tells a person that something in the repository is
// wrong: where (file, line, field), by which rule, what was found and expected, and how to mend it. The
// same value is printed by the command line, put into a status, an event or a record.
package problem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong in one place. The zero value is no problem at all; Message is
// always set on a real one.
type Problem struct {
	// File is the path in the repository, with slashes.
	File string `json:"file,omitempty"`
	// Line counts from 1; 0 means that no single line is to blame.
	Line int `json:"line,omitempty"`
	// Column counts from 1 in the line; 0 when the line as a whole is to blame.
	Column int `json:"column,omitempty"`
	// Field is the path of the field, such as spec.release.model.source.
	Field string `json:"field,omitempty"`
	// Rule is a stable name that can be looked up, such as UnknownField.
	Rule string `json:"rule"`
	// Message says what was found and what was expected.
	Message string `json:"message"`
	// Mend says what the user can do.
	Mend string `json:"mend,omitempty"`
}

// Error formats the problem as file:line:column: field: message; mend, without what is not known.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
			if p.Column > 0 {
				fmt.Fprintf(&b, ":%d", p.Column)
			}
		}
		b.WriteString(": ")
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	if p.Mend != "" {
		b.WriteString("; " + p.Mend)
	}
	return b.String()
}

// List is several problems, as an error. An empty list is not an error: see Err.
type List []Problem

// Error joins the problems, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is nil for an empty list, so that a function can return what it collected.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Sorted returns the problems by file, line and field.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field))
	})
	return sorted
}
