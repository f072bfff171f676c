package environments

import (
	"fmt"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/environments/spelling"
)

// Select is the part of the tree that arguments such as prod or prod/llama-3-8b name; no arguments name
// all of it. A unit's directory, as a shell completes it, does as well. The error lists what there is.
func (t *Tree) Select(arguments ...string) (*Tree, error) {
	if len(arguments) == 0 {
		return t, nil
	}
	environments, units := map[*Environment]bool{}, map[*Unit]bool{}
	for _, argument := range arguments {
		env, model, err := t.find(argument)
		if err != nil {
			return nil, err
		}
		environments[env] = true
		for _, unit := range t.Units {
			if unit.Environment == env && (model == "" || model == unit.Name) {
				units[unit] = true
			}
		}
	}
	part := &Tree{}
	for _, env := range t.Environments {
		if environments[env] {
			part.Environments = append(part.Environments, env)
		}
	}
	for _, unit := range t.Units {
		if units[unit] {
			part.Units = append(part.Units, unit)
		}
	}
	return part, nil
}

// find reads ENV or ENV/MODEL, both of which must exist.
func (t *Tree) find(argument string) (env *Environment, model string, err error) {
	name := path.Clean(strings.TrimSpace(argument))
	for _, env := range t.Environments { // environments/prod/llama-3-8b means prod/llama-3-8b
		if rest, ok := strings.CutPrefix(name+"/", env.Dir+"/"); ok {
			name = strings.TrimSuffix(env.Name+"/"+rest, "/")
		}
	}
	name, model, _ = strings.Cut(name, "/")
	if env = t.environment(name); env == nil {
		return nil, "", unknown("environment", name, "the repository has", t.environmentNames())
	}
	names := t.models(env)
	for _, known := range names {
		if known == model {
			return env, model, nil
		}
	}
	if model != "" {
		return nil, "", unknown("model", name+"/"+model, "environment "+name+" has", names)
	}
	return env, "", nil
}

func (t *Tree) environment(name string) *Environment {
	for _, env := range t.Environments {
		if env.Name == name {
			return env
		}
	}
	return nil
}

func (t *Tree) environmentNames() []string {
	names := make([]string, len(t.Environments))
	for i, env := range t.Environments {
		names[i] = env.Name
	}
	return names
}

func (t *Tree) models(env *Environment) []string {
	var names []string
	for _, unit := range t.Units {
		if unit.Environment == env {
			names = append(names, unit.Name)
		}
	}
	return names
}

// unknown says that there is no such thing, what was probably meant, and what there is.
func unknown(what, name, holder string, names []string) error {
	const most = 20
	list := strings.Join(names, ", ")
	switch {
	case len(names) == 0:
		list = "none"
	case len(names) > most:
		list = fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	hint := ""
	if near := spelling.Nearest(path.Base(name), names); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", path.Join(path.Dir(name), near))
	}
	return fmt.Errorf("there is no %s %q%s (%s %s)", what, name, hint, holder, list)
}
