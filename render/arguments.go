package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// arguments are the server's: those that follow from the values, then those of the descriptor. One that
// the descriptor repeats is refused, because which of the two counts is the server's secret.
func (e *engine) arguments(v values, own []string) ([]string, problem.List) {
	var args []string
	var set []argument
	for _, a := range e.Arguments {
		if text, ok := a.text(v); ok {
			args = append(args, text)
			set = append(set, a)
		}
	}
	var problems problem.List
	for i, arg := range own {
		field := fmt.Sprintf("spec.release.runtime.args[%d]", i)
		flag, _, _ := strings.Cut(arg, "=")
		flag = strings.ReplaceAll(flag, "_", "-") // vLLM takes either
		if mend, ok := e.Refused[flag]; ok {
			problems = append(problems, problem.Problem{
				Field: field, Rule: ruleReservedSetting, Mend: mend, Message: fmt.Sprintf("%s may not be set by an argument", flag),
			})
		}
		for _, a := range set {
			if a.is(flag) {
				problems = append(problems, problem.Problem{
					Field: field, Rule: ruleReservedSetting, Mend: "remove the argument" + orChange(a.From),
					Message: fmt.Sprintf("the %s runtime sets %s itself", e.Metadata.Name, flag),
				})
			}
		}
	}
	return append(args, own...), problems
}

// text is the argument with its value, if it has one.
func (a argument) text(v values) (string, bool) {
	value := v.field(a.From)
	if value == nil {
		return "", false
	}
	text := fmt.Sprint(value)
	if a.Values != nil {
		translated, ok := a.Values[text]
		if !ok {
			return "", false
		}
		text = translated
	}
	if a.Flag != "" {
		text = a.Flag + "=" + text
	}
	return text, true
}

// is reports whether a flag is this one, in any spelling. Long flags may be cut short, as Python has it.
func (a argument) is(flag string) bool {
	if slices.Contains(a.Aliases, flag) {
		return true
	}
	return strings.HasPrefix(flag, "--") && len(flag) > 2 && strings.HasPrefix(a.Flag, flag)
}

// environment is the server's: the variables that follow from the values, then those of the descriptor.
func (e *engine) environment(v values, own []v1alpha1.EnvVar) ([]any, problem.List) {
	var env []any
	var problems problem.List
	set := map[string]string{}
	for _, variable := range e.Environment {
		if entry, ok := variable.entry(v); ok {
			env = append(env, entry)
			set[variable.Name] = variable.From
		}
	}
	for i, variable := range own {
		from, taken := set[variable.Name]
		if taken {
			problems = append(problems, problem.Problem{
				Field: fmt.Sprintf("spec.release.runtime.env[%d].name", i), Rule: ruleReservedSetting,
				Mend:    "remove the variable" + orChange(from),
				Message: fmt.Sprintf("the %s runtime sets %s itself", e.Metadata.Name, variable.Name),
			})
		}
		env = append(env, ownVariable(variable))
	}
	return env, problems
}

// behind are the fields of the descriptor that values follow from.
var behind = map[string]string{
	"model.location":  "spec.release.model.source",
	"startup.seconds": "spec.release.runtime.startupSeconds",
	"gpu.count":       "spec.accelerator.count",
}

// orChange says which field of the descriptor to change for another value, if there is one.
func orChange(from string) string {
	field := cmp.Or(behind[from], from)
	if !strings.HasPrefix(field, "spec.") {
		return ""
	}
	return ", and change " + field + " if you want another value"
}

// entry is the variable as a container has it, if it has a value.
func (r variable) entry(v values) (map[string]any, bool) {
	if r.Unless != "" && v.field(r.Unless) != nil {
		return nil, false
	}
	if r.From == "" {
		return map[string]any{"name": r.Name, "value": r.Value}, true
	}
	switch value := v.field(r.From).(type) {
	case nil:
		return nil, false
	case map[string]any:
		return map[string]any{"name": r.Name, "valueFrom": map[string]any{"secretKeyRef": value}}, true
	default:
		return map[string]any{"name": r.Name, "value": fmt.Sprint(value)}, true
	}
}

func ownVariable(variable v1alpha1.EnvVar) map[string]any {
	if ref := variable.SecretKeyRef; ref != nil {
		key := map[string]any{"name": ref.Name, "key": ref.Key}
		return map[string]any{"name": variable.Name, "valueFrom": map[string]any{"secretKeyRef": key}}
	}
	return map[string]any{"name": variable.Name, "value": variable.Value}
}
