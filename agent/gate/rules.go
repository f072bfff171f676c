package gate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/library"
	"github.com/penstock-dev/penstock/policies/trust"
	"github.com/penstock-dev/penstock/policies/window"
)

// Rules are what judges changes, as one tree has them. They are immutable and safe for concurrent use.
type Rules struct {
	// Digest is that of all files that the rules were read from: see Digest.
	Digest string

	layout       Layout
	own          *policies.Bundle
	exceptions   []policies.Exception
	keys         trust.Keys
	settings     v1alpha1.TrustSpec
	environments map[string]*environmentRules
}

// environmentRules are those of one environment.
type environmentRules struct {
	spec     v1alpha1.EnvironmentSpec
	selected []policies.Selection
	windows  window.Windows
	problems problem.List
}

// LoadRules reads the rules of a tree whose environments were loaded. What is wrong with the policies, the exceptions or the
// trust as a whole comes back as problems, and then there are no rules: with one policy less than there should be,
// everything might pass. What is wrong with the rules of one environment is in Problems and concerns no other.
func LoadRules(fsys fs.FS, layout Layout, tree *environments.Tree) (*Rules, problem.List) {
	r := &Rules{layout: layout, environments: map[string]*environmentRules{}}
	var problems problem.List
	collect := func(more problem.List) { problems = append(problems, more...) }
	var wrong problem.List
	r.own, wrong = policies.Load(fsys, layout.Policies)
	collect(wrong)
	r.exceptions, wrong = policies.LoadExceptions(fsys, layout.Exceptions())
	collect(wrong)
	collect(r.readTrust(fsys))
	var err error
	if r.Digest, err = Digest(fsys, layout, tree); err != nil {
		collect(problem.List{{File: layout.Policies, Rule: problem.UnreadableFile, Message: err.Error(), Mend: "make it readable files"}})
	}
	if len(problems) > 0 {
		return nil, problems.Sorted()
	}
	if wrong := r.sources().CheckExceptions(r.exceptions); len(wrong) > 0 {
		return nil, wrong.Sorted()
	}
	for _, env := range tree.Environments {
		r.environments[env.Name] = r.rulesOf(env)
	}
	return r, nil
}

func (r *Rules) sources() policies.Sources {
	return policies.Sources{Own: r.own, Builtin: library.Bundle(), Profiles: library.Profiles()}
}

// rulesOf reads the rules that an environment chooses.
func (r *Rules) rulesOf(env *environments.Environment) *environmentRules {
	made := &environmentRules{spec: env.Spec}
	if len(env.Problems) > 0 {
		return made // said already
	}
	made.selected, made.problems = r.sources().For(env)
	windows, wrong := window.ParseAll("spec.windows", windowsOf(env.Spec))
	for _, p := range wrong {
		at := env.Place(p.Field)
		p.File, p.Line = at.File, at.Line
		made.problems = append(made.problems, p)
	}
	made.windows = windows
	made.problems = append(made.problems, checkKeys(env)...)
	return made
}

func windowsOf(spec v1alpha1.EnvironmentSpec) []window.Spec {
	specs := make([]window.Spec, len(spec.Windows))
	for i, w := range spec.Windows {
		specs[i] = window.Spec{Kind: window.Kind(w.Kind), Name: w.Name, Schedule: w.Schedule, Duration: w.Duration, TimeZone: w.TimeZone}
	}
	return specs
}

// Govern puts these rules in force over a tree that may be newer: what an environment's rules consist of is taken from
// here, and what they do not concern, such as suspend, from the tree. An environment whose rules are wrong, or not yet
// accepted, has a problem, and none of its units is reconciled.
func (r *Rules) Govern(tree *environments.Tree) {
	for _, env := range tree.Environments {
		if len(env.Problems) > 0 {
			continue
		}
		ours, known := r.environments[env.Name]
		switch {
		case !known || ours.spec.Namespace == "": // it was not there, or was broken
			p := env.Place("metadata.name")
			p.Rule, p.Message = ruleNotAccepted, fmt.Sprintf("the environment %s is new or was mended, and the change of the rules that brings it is not approved", env.Name)
			p.Mend = "run penstock approve rules"
			env.Problems = problem.List{p}
			env.Spec.Namespace = "" // nothing may be written there, not even what is wrong
		case len(ours.problems) > 0:
			env.Problems = slices.Clone(ours.problems)
			env.Spec = governed(env.Spec, ours.spec)
		default:
			env.Spec = governed(env.Spec, ours.spec)
		}
	}
}

// ruleNotAccepted: something needs the consent of those who are trusted.
const ruleNotAccepted = "NotAccepted"

// governed is a spec whose rules are those of another one.
func governed(spec, rules v1alpha1.EnvironmentSpec) v1alpha1.EnvironmentSpec {
	rules.Suspend, rules.Prune = spec.Suspend, spec.Prune
	return rules
}

// Problems are what is wrong with the rules of environments, sorted.
func (r *Rules) Problems() problem.List {
	var all problem.List
	for _, env := range r.environments {
		all = append(all, env.problems...)
	}
	return all.Sorted()
}

// Exceptions are all that the rules know, also those that have ended.
func (r *Rules) Exceptions() []policies.Exception { return slices.Clone(r.exceptions) }

// Selected are the policies of an environment; none of one that is not known, or without rules.
func (r *Rules) Selected(environment string) []policies.Selection {
	if r == nil {
		return nil
	}
	if env := r.environments[environment]; env != nil {
		return slices.Clone(env.selected)
	}
	return nil
}

// Spec is an environment's with the rules that are in force.
func (r *Rules) Spec(environment string) v1alpha1.EnvironmentSpec {
	if env := r.environments[environment]; env != nil {
		return env.spec
	}
	return v1alpha1.EnvironmentSpec{}
}

// Knows says whether the rules of an environment are known.
func (r *Rules) Knows(environment string) bool {
	env := r.environments[environment]
	return env != nil && env.spec.Namespace != "" && len(env.problems) == 0
}

// readTrust reads the keys that are trusted and the settings beside them. Files that are not there trust nobody.
func (r *Rules) readTrust(fsys fs.FS) problem.List {
	var problems problem.List
	read := func(name string, parse func(name string, data []byte) problem.List) {
		data, err := fs.ReadFile(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems = append(problems, problem.Problem{File: name, Rule: problem.UnreadableFile, Message: reason(err), Mend: "make it a readable file"})
		default:
			problems = append(problems, parse(name, data)...)
		}
	}
	read(r.layout.Signers(), func(name string, data []byte) (wrong problem.List) {
		r.keys.Signers, wrong = trust.ParseSigners(name, data)
		return wrong
	})
	read(r.layout.Keyring(), func(name string, data []byte) (wrong problem.List) {
		r.keys.OpenPGP, wrong = trust.ParseKeyring(name, data)
		return wrong
	})
	read(r.layout.Settings(), func(name string, data []byte) (wrong problem.List) {
		r.settings, wrong = parseTrust(name, data)
		return wrong
	})
	r.settings.Approvals = cmp.Or(r.settings.Approvals, 1)
	if keys := r.keys.Signers; keys != nil && keys.Len() > 0 && int(r.settings.Approvals) > keys.Len() {
		problems = append(problems, problem.Problem{
			File: r.layout.Settings(), Field: "spec.approvals", Rule: problem.InvalidValue, Mend: "trust more people first, or ask for fewer",
			Message: fmt.Sprintf("%d people have to approve, and %s has %d keys: the rules could never change again", r.settings.Approvals, r.layout.Signers(), keys.Len()),
		})
	}
	return problems
}

// reason is an error without the path, which is said already.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}
