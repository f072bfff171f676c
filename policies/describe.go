package policies

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
)

// Description is what a policy's file says to people: what it asks, and the comments above its parameters and rules.
// Built-in policies and those of a repository are described in the same way.
type Description struct {
	// Name, and File and Line where it is written.
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Text says what it is for.
	Text string `json:"description,omitempty"`
	// PerObject says that it looks at rendered objects, each by itself, and not at the unit as a whole.
	PerObject bool `json:"perObject,omitempty"`
	// Actions are what follows when a rule does not hold: Deny, or Warn, with or without Audit.
	Actions []string `json:"actions"`
	// RefusesExceptions says that there may be no exceptions from it.
	RefusesExceptions bool `json:"refusesExceptions,omitempty"`
	// Params are its parameters, in the order of the file.
	Params []Param `json:"params,omitempty"`
	// Conditions are the expressions that have to hold for its rules to be looked at.
	Conditions []string `json:"conditions,omitempty"`
	// Rules are what it asks, in order.
	Rules []DescribedRule `json:"rules"`
}

// Param is a parameter of a policy.
type Param struct {
	Name string `json:"name"`
	// Type is in words: true or false, whole number, number, text, list, list of text, or map.
	Type string `json:"type"`
	// Default is its value unless an environment gives another one.
	Default any `json:"default"`
	// Comment is what is written above it; empty if nothing is.
	Comment string `json:"comment,omitempty"`

	line int
}

// DescribedRule is a rule of a policy.
type DescribedRule struct {
	// Line is where it is written; findings have the same.
	Line int `json:"line"`
	// Text is the comment above it, or else its message, or else the beginning of the expression.
	Text string `json:"text"`
	// Commented says that Text is a comment.
	Commented bool `json:"commented"`
}

// Describe reads the comments of the policy's file.
func (p *Policy) Describe() Description {
	d := Description{
		Name: p.Name, File: p.File, Line: p.Line, Text: strings.TrimSpace(p.Description),
		PerObject: p.about != nil, RefusesExceptions: p.RefusesExceptions(),
	}
	for _, action := range p.Actions {
		d.Actions = append(d.Actions, string(action))
	}
	for name, value := range p.Params {
		line, _ := p.at.said.Nearest("spec.params" + document.Path(name))
		d.Params = append(d.Params, Param{Name: name, Type: typeInWords(value), Default: value, Comment: p.at.commentAbove(line), line: line})
	}
	slices.SortFunc(d.Params, func(a, b Param) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.Name, b.Name)) })
	for _, condition := range p.spec.MatchConditions {
		d.Conditions = append(d.Conditions, strings.TrimSpace(condition.Expression))
	}
	for i, v := range p.spec.Validations {
		line, _ := p.at.said.Nearest(fmt.Sprintf("spec.validations[%d]", i))
		comment := p.at.commentAbove(line)
		d.Rules = append(d.Rules, DescribedRule{Line: line, Text: cmp.Or(comment, v.Message, shortened(strings.TrimSpace(v.Expression))), Commented: comment != ""})
	}
	return d
}

// commentAbove is the comment that ends on the line before the given one, which counts from 1.
func (s *source) commentAbove(line int) string {
	var words []string
	for i := min(line, len(s.lines)+1) - 2; i >= 0; i-- {
		text, isComment := strings.CutPrefix(strings.TrimSpace(string(s.lines[i])), "#")
		if !isComment {
			break
		}
		words = append(words, strings.TrimSpace(text))
	}
	slices.Reverse(words)
	return strings.Join(words, " ")
}

// typeInWords is the type of a parameter, for people.
func typeInWords(value any) string {
	switch v := value.(type) {
	case bool:
		return "true or false"
	case int64:
		return "whole number"
	case float64:
		return "number"
	case string:
		return "text"
	case []any:
		if _, texts := append(v, nil)[0].(string); texts {
			return "list of text"
		}
		return "list"
	case nil:
		return "anything"
	}
	return "map"
}
