package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/admission"
)

// loadRules reads the rules that judge, which are those of the base, and those that the change proposes.
func (r *runner) loadRules() error {
	layout := r.options.Layout
	changed, err := r.rulesChange()
	if err != nil {
		return err
	}
	var wrong, broken problem.List
	if r.proposed, wrong = gate.LoadRules(r.head.files, layout, r.head.environments); r.proposed != nil {
		wrong = r.proposed.Problems()
	}
	if r.judge, broken = gate.LoadRules(r.base.files, layout, r.base.environments); r.judge != nil {
		r.describeExceptions()
	} else if !changed { // what is broken is there before the change and after it
		r.report.Problems = append(r.report.Problems, broken...)
		return nil
	}
	if !changed {
		return r.loadAdmission()
	}
	r.report.Problems = append(r.report.Problems, wrong...)
	if r.judge == nil {
		r.note("the rules of %.12s are broken, and the agent goes by the last ones that were not: %s", r.base.commit.Hash, oneLine(broken.Error()))
		if r.judge = r.proposed; r.judge != nil {
			r.note("here the change is judged by its own rules, which mend them")
		}
		return r.loadAdmission()
	}
	if r.proposed != nil {
		if err := r.judgeRules(); err != nil {
			return err
		}
	}
	return r.loadAdmission()
}

// rulesChange says whether the change alters rules. What became of them in the base meanwhile is none of its doing.
func (r *runner) rulesChange() (bool, error) {
	before, err := r.digest(r.fork)
	if err != nil {
		return false, err
	}
	after, err := r.digest(r.head)
	return before != after, err
}

func (r *runner) digest(s side) (string, error) {
	return gate.Digest(s.files, r.options.Layout, s.environments)
}

// judgeRules says whether a change of the rules would come into force.
func (r *runner) judgeRules() error {
	files, err := r.ruleFiles()
	if err != nil {
		return err
	}
	change := &RulesChange{Files: files, Digest: r.proposed.Digest, Accepted: true}
	r.report.Rules = change
	by, err := r.judge.Admit(r.proposed, r.head.files, r.options.Now)
	change.Approvers = by
	if err == nil {
		return nil
	}
	change.Accepted, change.Missing = false, err.Error()
	before, err := r.digest(r.fork)
	if before != r.judge.Digest {
		change.Missing = fmt.Sprintf("the rules of %.12s changed too since the change left it: bring that into the change, since approvals are of what the rules are after the merge",
			r.base.commit.Hash)
	}
	return err
}

// ruleFiles are the files of rules that the change alters.
func (r *runner) ruleFiles() ([]string, error) {
	var names []string
	for _, dir := range []string{r.options.Layout.Policies, r.options.Layout.Trust, r.options.Layout.Environments} {
		changed, err := changedFiles(r.fork.files, r.head.files, dir)
		if err != nil {
			return nil, err
		}
		names = append(names, changed...)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !r.options.Layout.IsRule(name) }), nil
}

func (r *runner) describeExceptions() {
	for _, e := range r.judge.Exceptions() {
		r.report.Exceptions = append(r.report.Exceptions, Exception{
			Name: e.Name, File: e.File, Line: e.Line, Units: e.Units, Policy: e.Policy, Reason: e.Reason, Approver: e.Approver,
			Expires: e.Expires.UTC(), InForce: e.InForce(r.options.Now),
		})
	}
}

// loadAdmission reads what the base has of the cluster's own admission policies. Those that the change brings judge what
// comes after it.
func (r *runner) loadAdmission() error {
	var wrong problem.List
	dir := r.options.Layout.ClusterPolicies()
	if r.own, wrong = admission.Load(r.base.files, dir); len(wrong) > 0 {
		r.note("what %.12s has of the cluster's own policies is broken, and says nothing here: %s", r.base.commit.Hash, oneLine(wrong.Error()))
	}
	if !differs(r.fork.files, r.head.files, dir) {
		return nil
	}
	_, wrong = admission.Load(r.head.files, dir)
	r.report.Problems = append(r.report.Problems, wrong...)
	return nil
}

// rulesFor are the rules that judge an environment: those of the base, or, where it is new or these are broken, its own.
// With problems nothing can be decided in it.
func (r *runner) rulesFor(env *environments.Environment) (*gate.Rules, problem.List) {
	base, name := r.base.commit.Hash, env.Name
	switch there := r.base.has(name); {
	case r.judge.Knows(name):
		return r.judge, nil
	case !there && r.fork.has(name):
		return nil, problem.List{{File: path.Join(env.Dir, environments.EnvironmentFile), Rule: "UnknownEnvironment",
			Message: fmt.Sprintf("the environment %s is gone from %.12s since the change left it", name, base), Mend: "bring that into the change"}}
	case r.proposed == nil || !r.proposed.Knows(name):
		return nil, r.wrongRules(env)
	case there:
		r.note("the rules of the environment %s in %.12s are broken: its own, which mend them, judge it here", name, base)
	default:
		r.note("the environment %s is new: its own rules judge it", name)
	}
	return r.proposed, nil
}

func (s side) has(environment string) bool {
	return slices.ContainsFunc(s.environments.Environments, func(e *environments.Environment) bool { return e.Name == environment })
}

// wrongRules are what is wrong with the rules of an environment, before or after the change.
func (r *runner) wrongRules(env *environments.Environment) problem.List {
	for _, rules := range []*gate.Rules{r.judge, r.proposed} {
		if rules == nil {
			continue
		}
		if problems := problemsBelow(rules.Problems(), env.Dir); len(problems) > 0 {
			return problems
		}
	}
	return problem.List{{File: path.Join(env.Dir, environments.EnvironmentFile), Rule: "UnknownEnvironment",
		Message: fmt.Sprintf("nobody knows by which rules to judge the environment %s", env.Name), Mend: "mend what is wrong with the rules first"}}
}

// problemsBelow are those in the files of a directory.
func problemsBelow(all problem.List, dir string) problem.List {
	return slices.DeleteFunc(slices.Clone(all), func(p problem.Problem) bool { return !strings.HasPrefix(p.File, dir+"/") })
}
