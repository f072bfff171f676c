package policies

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
)

// Rules that exceptions add.
const (
	// ruleDuplicateException: a name that another exception has.
	ruleDuplicateException = "DuplicateException"
	// ruleNoExceptions: a policy that takes no exceptions.
	ruleNoExceptions = "NoExceptions"
)

// Exception lets units pass although a policy is against it, until it ends.
type Exception struct {
	// Name is the exception's own, and Policy that of the policy.
	Name   string `json:"name"`
	Policy string `json:"policy"`
	// Units are as in prod/llama-3-8b, or prod/* for all of an environment.
	Units []string `json:"units"`
	// Reason is why, and Approver who has agreed.
	Reason   string `json:"reason"`
	Approver string `json:"approver"`
	// Expires is when it ends.
	Expires time.Time `json:"expires"`
	// File and Line are where it is written.
	File string `json:"file"`
	Line int    `json:"line"`

	policyLine int // where the policy is named
}

// InForce says whether the exception counts. Whoever asks, asks here: in the agent, in a pull request, in a report.
func (e Exception) InForce(now time.Time) bool { return now.Before(e.Expires) }

// Covers says whether the exception is about a unit and a policy.
func (e Exception) Covers(unit, policy string) bool {
	environment, _, _ := strings.Cut(unit, "/")
	return e.Policy == policy && (slices.Contains(e.Units, unit) || slices.Contains(e.Units, environment+"/*"))
}

// LoadExceptions reads all exceptions of a directory: its files *.yaml and *.yml. A directory that is not there holds none.
// With a problem there are none: half of them would not be what was agreed on.
func LoadExceptions(fsys fs.FS, dir string) ([]Exception, problem.List) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	var all []Exception
	var problems problem.List
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
			continue
		}
		read, wrong := readExceptions(fsys, name)
		all, problems = append(all, read...), append(problems, wrong...)
	}
	slices.SortStableFunc(all, func(x, y Exception) int { return cmp.Compare(x.Name, y.Name) })
	for i := 1; i < len(all); i++ {
		if all[i-1].Name == all[i].Name {
			problems = append(problems, problem.Problem{File: all[i].File, Line: all[i].Line, Field: "metadata.name", Rule: ruleDuplicateException,
				Message: fmt.Sprintf("there is an exception named %s already, in %s:%d", all[i].Name, all[i-1].File, all[i-1].Line), Mend: "rename one of them"})
		}
	}
	if len(problems) > 0 {
		return nil, problems.Sorted()
	}
	return all, nil
}

// readExceptions reads those of one file.
func readExceptions(fsys fs.FS, name string) (all []Exception, problems problem.List) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, problem.List{{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error(), Mend: "make it a regular file"}}
	}
	file, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return nil, problems
	}
	for _, d := range file.Documents {
		decoded, wrong := environments.DecodeException(file, d)
		if problems = append(problems, wrong...); decoded == nil {
			continue
		}
		line, _ := d.Nearest("metadata.name")
		policyLine, _ := d.Nearest("spec.policy")
		all = append(all, Exception{
			Name: decoded.Name, Policy: decoded.Spec.Policy, Units: decoded.Spec.Units, Reason: decoded.Spec.Reason,
			Approver: decoded.Spec.Approver, Expires: decoded.Spec.Expires.UTC(), File: name, Line: line, policyLine: policyLine,
		})
	}
	return all, problems
}

// RefusesExceptions says whether there may be no exceptions from the policy. In an emergency it can still be overridden.
func (p *Policy) RefusesExceptions() bool { return p.spec.Exceptions == "Refuse" }

// CheckExceptions refuses exceptions from policies that there are not, or that take none.
func (s Sources) CheckExceptions(all []Exception) problem.List {
	var problems problem.List
	for _, e := range all {
		p := problem.Problem{File: e.File, Line: e.policyLine, Field: "spec.policy"}
		policy, known := s.Own.find(e.Policy)
		if !known {
			policy, known = s.Builtin.find(e.Policy)
		}
		switch {
		case !known:
			p.Rule, p.Message, p.Mend = ruleUnknownPolicy, "there is no policy named "+e.Policy, "name one that penstock policy list shows"
			if near := spelling.Nearest(e.Policy, append(s.Builtin.names(), s.Own.names()...)); near != "" {
				p.Mend = "did you mean " + near + "?"
			}
		case policy.RefusesExceptions():
			p.Rule, p.Message = ruleNoExceptions, fmt.Sprintf("the policy %s takes no exceptions", e.Policy)
			p.Mend = "delete it; in an emergency, a signed commit can override the policy"
		default:
			continue
		}
		problems = append(problems, p)
	}
	return problems.Sorted()
}
