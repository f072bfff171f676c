package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/policies/library"
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
	object  string // that it is about; empty for the unit as a whole
	message string
	mark    string // excepted or overridden; mostly empty
	place   Place
	column  int   // in the line; 0 for all of it
	rulesAt Place // where the rule is written; no file if that is not in the repository
	builtIn bool  // it is a policy of the library
}

// results are all things to tell, those of the repository first.
func (r *Report) results() []result {
	var all []result
	for _, p := range r.Problems {
		all = append(all, ofProblem("", p))
	}
	if r.Rules != nil && !r.Rules.Accepted {
		all = append(all, result{rule: "RulesNotAccepted", level: isError, message: r.Rules.Missing, place: Place{File: first(r.Rules.Files), Line: 1}})
	}
	for _, e := range r.Exceptions {
		if !e.InForce {
			all = append(all, result{rule: "ExceptionEnded", level: isNote, place: Place{File: e.File, Line: e.Line},
				message: fmt.Sprintf("the exception %s from %s ended at %s: delete it", e.Name, e.Policy, at(e.Expires))})
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
	for _, f := range u.Admission {
		all = append(all, u.ofAdmission(f))
	}
	for _, text := range u.Refused {
		all = append(all, result{unit: u.ID, rule: "ServerDryRun", level: isError, message: text, place: u.whole()})
	}
	return all
}

func ofProblem(unit string, p problem.Problem) result {
	text := p
	text.File, text.Line, text.Column = "", 0, 0
	return result{unit: unit, rule: p.Rule, level: isError, message: text.Error(), place: Place{File: p.File, Line: p.Line}, column: p.Column}
}

func (u Unit) ofFinding(i int, f policies.Finding) result {
	made := result{unit: u.ID, rule: f.Policy, level: levelOf(f.Action), object: f.Object, message: about(f.Object, f.Message), place: u.whole()}
	if i < len(u.Places) {
		made.place = u.Places[i]
	}
	if made.builtIn = strings.HasPrefix(f.File, library.Directory+"/"); !made.builtIn {
		made.rulesAt = Place{File: f.File, Line: f.Line}
	}
	switch {
	case f.Exception != nil:
		made.level, made.mark = isWarning, fmt.Sprintf("excepted by %s until %s, approved by %s: %s", f.Exception.Name,
			at(f.Exception.Expires), f.Exception.Approver, f.Exception.Reason)
	case f.Overridden != nil:
		made.level, made.mark = isWarning, fmt.Sprintf("OVERRIDDEN by %s: %s", f.Overridden.By, f.Overridden.Reason)
	case f.Holds():
		made.level = isError
	}
	return made
}

// ofAdmission is what a policy of the cluster itself says. Its name may be that of one of ours.
func (u Unit) ofAdmission(f admission.Finding) result {
	return result{
		unit: u.ID, rule: "cluster/" + f.Policy, level: levelOf(string(f.Action)), object: f.Object, message: about(f.Object, f.Message), mark: f.Note,
		place: u.whole(), rulesAt: Place{File: f.File, Line: f.Line},
	}
}

// about is a message with the object that it is about, if it is about one.
func about(object, message string) string {
	if object == "" {
		return message
	}
	return object + ": " + message
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

// whole is where to look for what is about the unit as a whole.
func (u Unit) whole() Place {
	if n := len(u.Places); n > 0 {
		return u.Places[n-1]
	}
	return Place{File: u.Dir, Line: 1}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// at is a time as reports show it.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }
