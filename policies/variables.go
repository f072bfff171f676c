package policies

import (
	"reflect"

	"github.com/penstock-dev/penstock/policies/expression"
)

// variables are what expressions can refer to: the fields of Input. The type of descriptors is that of their schema.
func variables(descriptor *expression.Type) []expression.Variable {
	var all []expression.Variable
	for f := range reflect.TypeFor[Input]().Fields() {
		name, _ := jsonName(f)
		t := descriptor
		if f.Tag.Get("cel") != "descriptor" {
			t = typeOf(f.Type)
		}
		all = append(all, expression.Variable{Name: name, Type: t})
	}
	return all
}

// activation is the values of the variables. Those that are absent are null, or empty for lists and maps.
func activation(input *Input) map[string]any {
	all := valuesOf(reflect.ValueOf(input).Elem())
	for f := range reflect.TypeFor[Input]().Fields() {
		name, _ := jsonName(f)
		if _, there := all[name]; there {
			continue
		}
		switch {
		case f.Tag.Get("cel") == "descriptor" || f.Type.Kind() == reflect.Pointer:
			all[name] = nil
		case f.Type.Kind() == reflect.Slice:
			all[name] = []any{}
		default:
			all[name] = map[string]any{}
		}
	}
	return all
}
