package check

import (
	"fmt"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
)

// level is how bad a result is.
type level string

// The levels, as SARIF names them.
const (
	isError   level = "error"
	isWarning level = "warning"
	isNote    level = "note"
)

// result is one thing to tell, whatever the format.
type result struct {
	unit    string // its id; empty for the repository as a whole
	rule    string // the policy, or the rule of a problem
	level   level
	message string
	mark    string // excepted or overridden; mostly empty
	place   problem.Problem
	rulesAt problem.Problem // where the rule is written, if it is the repository's own
}

// results are all things to tell, those of the repository first.
func (r *Report) results() []result {
	var all []result
	for _, p := range r.Problems {
		all = append(all, ofProblem("", p))
	}
	if r.Rules != nil && !r.Rules.Accepted {
		all = append(all, result{rule: "RulesNotAccepted", level: isError, message: r.Rules.Missing, place: problem.Problem{File: first(r.Rules.Files), Line: 1}})
	}
	for _, e := range r.Exceptions {
		if !e.InForce {
			all = append(all, result{rule: "ExceptionEnded", level: isNote, place: problem.Problem{File: e.File, Line: 1},
				message: fmt.Sprintf("the exception %s from %s ended at %s: delete it", e.Name, e.Policy, e.Expires.UTC().Format(timeFormat))})
		}
	}
	for _, u := range r.Units {
		all = append(all, u.results()...)
	}
	return all
}

// results are all things to tell of a unit.
func (u Unit) results() []result {
	var all []result
	for _, p := range u.Problems {
		all = append(all, ofProblem(u.ID, p))
	}
	if u.Outcome != nil {
		for i, f := range u.Outcome.Findings {
			all = append(all, u.ofFinding(i, f))
		}
	}
	for _, a := range u.Admission {
		all = append(all, result{unit: u.ID, rule: "cluster/" + a.Policy, level: levelOf(a.Action), message: a.Object + ": " + a.Message, place: u.place(0)})
	}
	for _, text := range u.Refused {
		all = append(all, result{unit: u.ID, rule: "ServerDryRun", level: isError, message: text, place: u.place(0)})
	}
	return all
}

func ofProblem(unit string, p problem.Problem) result {
	text := p
	text.File, text.Line, text.Column = "", 0, 0
	return result{unit: unit, rule: p.Rule, level: isError, message: text.Error(), place: p}
}

func (u Unit) ofFinding(i int, f policies.Finding) result {
	made := result{unit: u.ID, rule: f.Policy, level: levelOf(f.Action), message: withoutPolicy(f), place: u.place(i)}
	made.rulesAt = problem.Problem{File: f.File, Line: f.Line}
	switch {
	case f.Exception != nil:
		made.level, made.mark = isWarning, fmt.Sprintf("excepted by %s until %s, approved by %s: %s", f.Exception.Name,
			f.Exception.Expires.UTC().Format(timeFormat), f.Exception.Approver, f.Exception.Reason)
	case f.Overridden != nil:
		made.level, made.mark = isWarning, fmt.Sprintf("OVERRIDDEN by %s: %s", f.Overridden.By, f.Overridden.Reason)
	case f.Holds():
		made.level = isError
	}
	return made
}

func levelOf(action string) level {
	switch action {
	case "Deny":
		return isError
	case "Warn":
		return isWarning
	}
	return isNote
}

// withoutPolicy is a finding without the name of its policy.
func withoutPolicy(f policies.Finding) string {
	f.Policy = ""
	text := f.String()
	for len(text) > 1 && (text[0] == ':' || text[0] == ' ') {
		text = text[1:]
	}
	return text
}

// place is where in the repository the i-th finding is about, or the unit as a whole.
func (u Unit) place(i int) problem.Problem {
	if i < len(u.Places) && u.Places[i].File != "" {
		return u.Places[i]
	}
	return problem.Problem{File: u.Dir + "/kustomization.yaml", Line: 1}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// word is a verdict for people.
func (u Unit) word() string {
	switch {
	case len(u.Problems) > 0:
		return "invalid"
	case u.holds():
		return "held"
	case u.warns():
		return "admitted with warnings"
	}
	return "admitted"
}

// timeFormat is that of times in reports.
const timeFormat = "2006-01-02T15:04:05Z07:00"
