package policies

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/expression"
)

// source is where a policy was read: it finds the place in the file that is to blame.
type source struct {
	file  string
	said  *document.Document
	lines [][]byte
}

func newSource(file *document.File, said *document.Document, data []byte) *source {
	return &source{file: file.Name, said: said, lines: bytes.Split(data, []byte("\n"))}
}

// String names the place of the policy, as in policies/image.yaml:1.
func (s *source) String() string {
	line, _ := s.said.Nearest("metadata.name")
	return fmt.Sprintf("%s:%d", s.file, line)
}

// problem is one with a field.
func (s *source) problem(field, rule, mend, message string) problem.Problem {
	line, _ := s.said.Nearest(field)
	return problem.Problem{File: s.file, Line: line, Field: field, Rule: rule, Message: message, Mend: mend}
}

// issue is one with an expression, at its place in the file: the text of a block begins below its key, indented.
func (s *source) issue(field string, issue *expression.Issue) problem.Problem {
	p := s.problem(field, ruleInvalidExpression, cmp.Or(issue.Mend, "correct the expression; penstock explain --input shows what it can refer to"), issue.Message)
	text, _ := s.said.Value(field)
	first := s.said.TextLine(field)
	if issue.Line == 0 || first == 0 {
		return p
	}
	p.Line = first + issue.Line - 1
	if column := s.column(p.Line, lineOf(text, issue.Line)); column >= 0 {
		p.Column = column + issue.Column + 1
	}
	return p
}

// column is where a line of an expression begins in a line of the file; -1 when it is not written there as it is, as
// when YAML folds or escapes it.
func (s *source) column(line int, text string) int {
	if line < 1 || line > len(s.lines) {
		return -1
	}
	return bytes.Index(s.lines[line-1], []byte(text))
}

func lineOf(text any, n int) string {
	all, _ := text.(string)
	for i, line := range strings.Split(all, "\n") {
		if i == n-1 {
			return line
		}
	}
	return ""
}
