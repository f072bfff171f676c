package policies

import (
	"reflect"
	"slices"

	"github.com/penstock-dev/penstock/policies/expression"
)

// variables are what expressions can refer to: the fields of Input. The type of descriptors is that of their schema.
func variables(descriptor *expression.Type) []expression.Variable {
	var all []expression.Variable
	for f := range reflect.TypeFor[Input]().Fields() {
		t := descriptor
		if !isDescriptor(f) {
			t = typeOf(f.Type)
		}
		all = append(all, expression.Variable{Name: jsonName(f), Type: t})
	}
	return all
}

// isDescriptor says whether a field is a descriptor, whose type is that of the schema.
func isDescriptor(f reflect.StructField) bool { return f.Tag.Get("cel") == "descriptor" }

// activation is the values of the variables. Those that are absent are null. A descriptor has no nulls, which kustomize
// may leave where a patch removes something: they would be there, and be of no type.
func activation(input *Input) map[string]any {
	v := reflect.ValueOf(input).Elem()
	all := valuesOf(v)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case isDescriptor(f) && !v.Field(i).IsNil():
			all[jsonName(f)] = withoutNulls(v.Field(i).Interface())
		case isDescriptor(f) || f.Type.Kind() == reflect.Pointer && v.Field(i).IsNil():
			all[jsonName(f)] = nil
		}
	}
	return all
}

// withoutNulls is JSON without the fields that are null. What has none is not copied.
func withoutNulls(value any) any {
	if !hasNulls(value) {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		kept := make(map[string]any, len(v))
		for key, field := range v {
			if field != nil {
				kept[key] = withoutNulls(field)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, item := range v {
			kept[i] = withoutNulls(item)
		}
		return kept
	}
	return value
}

func hasNulls(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		for _, field := range v {
			if hasNulls(field) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasNulls)
	}
	return false
}
