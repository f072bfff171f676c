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
func (e *engine) arguments(v values, own []string) (leader, worker []string, problems problem.List) {
	var set []argument
	for _, a := range e.Arguments {
		texts := a.texts(v)
		if len(texts) == 0 {
			continue
		}
		set = append(set, a)
		if a.Only != onlyWorker {
			leader = append(leader, texts...)
		}
		worker = append(worker, texts...)
	}
	for i, arg := range own {
		problems = append(problems, e.objectTo(fmt.Sprintf("spec.release.runtime.args[%d]", i), arg, set)...)
	}
	return append(leader, own...), append(worker, own...), problems
}

// objectTo refuses an argument of the descriptor that may not be set, or is set already.
func (e *engine) objectTo(field, arg string, set []argument) problem.List {
	var problems problem.List
	flag, _, _ := strings.Cut(arg, "=")
	isSet := slices.ContainsFunc(set, func(a argument) bool { return dashed(a.Flag) == dashed(flag) })
	for _, refused := range sortedKeys(e.Refused) {
		mend := e.Refused[refused]
		if dashed(refused) == dashed(flag) || !isSet && abbreviates(flag, refused) {
			problems = append(problems, problem.Problem{
				Field: field, Rule: ruleReservedSetting, Mend: mend, Message: refused + " may not be set by an argument" + writtenAs(flag, refused),
			})
		}
	}
	for _, a := range set {
		if a.is(flag) {
			problems = append(problems, problem.Problem{
				Field: field, Rule: ruleReservedSetting, Mend: "remove the argument" + orChange(a.From),
				Message: fmt.Sprintf("the %s runtime sets %s itself", e.Metadata.Name, cmp.Or(a.Flag, flag)) + writtenAs(flag, a.Flag),
			})
		}
	}
	return problems
}

// writtenAs names another spelling of a flag than the one that the message is about.
func writtenAs(flag, known string) string {
	if known == "" || flag == known {
		return ""
	}
	return ", written here as " + shorten(flag)
}

// dashed is a flag with dashes where it may have underscores: some servers take either.
func dashed(flag string) string { return strings.ReplaceAll(flag, "_", "-") }

// texts are the argument as the server gets it; none when it is left out.
func (a argument) texts(v values) []string {
	if !a.holds(v) {
		return nil
	}
	list, ok := a.list(v)
	switch {
	case !ok:
		return nil
	case a.Flag == "":
		return list
	case len(list) == 0:
		return []string{a.Flag}
	case a.Style == styleWords:
		return append([]string{a.Flag}, list...)
	}
	var texts []string
	for _, value := range list {
		if a.Style == styleRepeated {
			texts = append(texts, a.Flag, value)
		} else {
			texts = append(texts, a.Flag+"="+value)
		}
	}
	return texts
}

// list is the values that the argument has: none for a flag that stands alone. It is false when there should
// be one and is not.
func (a argument) list(v values) ([]string, bool) {
	if a.From == "" {
		if a.Value == "" {
			return nil, true
		}
		return []string{a.Value}, true
	}
	switch value := v.field(a.From).(type) {
	case nil:
		return nil, false
	case []any:
		list := make([]string, len(value))
		for i, item := range value {
			list[i] = fmt.Sprint(item)
		}
		return list, true
	default:
		return a.translated(fmt.Sprint(value))
	}
}

func (a argument) translated(text string) ([]string, bool) {
	if a.Values == nil {
		return []string{text}, true
	}
	translated, ok := a.Values[text]
	return []string{translated}, ok
}

// is reports whether a flag is this one, in any spelling. Long flags may be cut short, as Python has it.
func (a argument) is(flag string) bool {
	same := func(spelling string) bool { return dashed(spelling) == dashed(flag) || abbreviates(flag, spelling) }
	return slices.ContainsFunc(append([]string{a.Flag}, a.Aliases...), same)
}

// abbreviates reports whether a long flag is another one, or its beginning.
func abbreviates(flag, whole string) bool {
	return strings.HasPrefix(flag, "--") && len(flag) > 2 && strings.HasPrefix(dashed(whole), dashed(flag))
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
		} else if mend, refused := e.refusesVariable(variable.Name); refused {
			problems = append(problems, problem.Problem{
				Field: fmt.Sprintf("spec.release.runtime.env[%d].name", i), Rule: ruleReservedSetting, Mend: mend,
				Message: fmt.Sprintf("%s is a flag of the %s runtime in disguise", shorten(variable.Name), e.Metadata.Name),
			})
		}
		env = append(env, ownVariable(variable))
	}
	return env, problems
}

// refusesVariable says what to do instead of setting a variable that may not be set.
func (e *engine) refusesVariable(name string) (mend string, refused bool) {
	for _, pattern := range sortedKeys(e.RefusedEnvironment) {
		if prefix, any := strings.CutSuffix(pattern, "*"); pattern == name || any && strings.HasPrefix(name, prefix) {
			return e.RefusedEnvironment[pattern], true
		}
	}
	return "", false
}

// behind are the fields of the descriptor that values follow from.
var behind = map[string]string{
	"model.location":         "spec.release.model.source",
	"model.revision":         "spec.release.model.revision",
	"model.quantization":     "spec.release.model.quantization",
	"group":                  "spec.accelerator.nodes",
	"adapters":               "spec.release.runtime.adapters",
	"startup.seconds":        "spec.release.runtime.startupSeconds",
	"shutdown.drainSeconds":  "spec.release.runtime.maxRequestSeconds",
	"parallelism.tensor":     "spec.parallelism.tensor",
	"parallelism.pipeline":   "spec.parallelism.pipeline",
	"parallelism.data":       "spec.parallelism.data",
	"memoryFraction":         "spec.release.runtime.gpuMemoryPercent",
	"adapters.named":         "spec.release.runtime.adapters",
	"adapters.paths":         "spec.release.runtime.adapters",
	"adapters.joined":        "spec.release.runtime.adapters",
	"group.size":             "spec.accelerator.nodes",
	"maxRequestMilliseconds": "spec.release.runtime.maxRequestSeconds",
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
	entry := map[string]any{"name": r.Name}
	switch {
	case !r.holds(v):
		return nil, false
	case r.FieldPath != "":
		entry["valueFrom"] = map[string]any{"fieldRef": map[string]any{"apiVersion": "v1", "fieldPath": r.FieldPath}}
		return entry, true
	case r.From == "":
		entry["value"] = r.Value
		return entry, true
	}
	switch value := v.field(r.From).(type) {
	case nil:
		return nil, false
	case map[string]any:
		entry["valueFrom"] = map[string]any{"secretKeyRef": value}
	default:
		entry["value"] = fmt.Sprint(value)
	}
	return entry, true
}

func ownVariable(variable v1alpha1.EnvVar) map[string]any {
	if ref := variable.SecretKeyRef; ref != nil {
		key := map[string]any{"name": ref.Name, "key": ref.Key}
		return map[string]any{"name": variable.Name, "valueFrom": map[string]any{"secretKeyRef": key}}
	}
	return map[string]any{"name": variable.Name, "value": variable.Value}
}
