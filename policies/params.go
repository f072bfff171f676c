package policies

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/policies/expression"
)

// readParams reads a policy's parameters with their defaults, as its file has them: 100 is a whole number, and 100.0 is a
// fraction and stays one.
func readParams(at *source) (map[string]any, error) {
	written, said := at.said.Value("spec.params")
	if !said || written == nil {
		return map[string]any{}, nil
	}
	params, ok := written.(map[string]any)
	if !ok {
		return nil, errors.New("expected a map of parameters with their defaults")
	}
	return params, nil
}

// numbers makes whole numbers int64, as expressions know them.
func numbers(value any) any {
	switch v := value.(type) {
	case float64:
		if whole := int64(v); float64(whole) == v {
			return whole
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	}
	return value
}

// typeOfParams is the type of params: the types of the parameters are those of their defaults.
func typeOfParams(policy string, params map[string]any) *expression.Type {
	return typeOfObject("penstock.params."+policy, params)
}

func typeOfObject(name string, object map[string]any) *expression.Type {
	fields := map[string]*expression.Type{}
	for _, field := range slices.Sorted(maps.Keys(object)) {
		fields[field] = typeOfParam(name+"."+field, object[field])
	}
	return expression.Object(name, fields)
}

// typeOfParam is the type of a default. An empty list or map may hold anything.
func typeOfParam(name string, value any) *expression.Type {
	switch v := value.(type) {
	case bool:
		return expression.Bool
	case int64:
		return expression.Int
	case float64:
		return expression.Double
	case string:
		return expression.String
	case []any:
		if len(v) == 0 {
			return expression.List(expression.Dyn)
		}
		return expression.List(typeOfParam(name+".@idx", v[0])) // the name of the list's own type has no suffix
	case map[string]any:
		if len(v) == 0 {
			return expression.Map(expression.Dyn)
		}
		return typeOfObject(name, v)
	}
	return expression.Dyn
}

// CheckParams says what is wrong with parameters for this policy, or "".
func (p *Policy) CheckParams(params map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		standard, known := p.Params[name]
		if !known {
			return fmt.Sprintf("the policy %s has no parameter %s; it has %q", p.Name, name, slices.Sorted(maps.Keys(p.Params)))
		}
		if !sameType(standard, params[name]) {
			return fmt.Sprintf("the parameter %s of the policy %s is like %v, found %v", name, p.Name, standard, params[name])
		}
	}
	return ""
}

// sameType says whether a value can stand where the default does. A number may be whole or not; lists and maps may be
// empty; and a map has no fields that the default does not have, if that has any.
func sameType(standard, value any) bool {
	switch s := standard.(type) {
	case []any:
		list, ok := value.([]any)
		return ok && (len(s) == 0 || !slices.ContainsFunc(list, func(item any) bool { return !sameType(s[0], item) }))
	case map[string]any:
		fields, ok := value.(map[string]any)
		for name, field := range fields {
			of, known := s[name]
			ok = ok && (len(s) == 0 || known && sameType(of, field))
		}
		return ok
	case float64:
		_, whole := value.(int64)
		_, ok := value.(float64)
		return ok || whole
	}
	return fmt.Sprintf("%T", standard) == fmt.Sprintf("%T", value)
}

// fitted are parameters as the policy's rules expect them.
func (p *Policy) fitted(params map[string]any) map[string]any {
	made := make(map[string]any, len(params))
	for name, value := range params {
		made[name] = fit(p.Params[name], value)
	}
	return made
}

// fit makes whole numbers fractions where the default is one, since CEL does not calculate with both, and gives a map
// the fields of the default that it does not have.
func fit(standard, value any) any {
	switch s := standard.(type) {
	case float64:
		if whole, ok := value.(int64); ok {
			return float64(whole)
		}
	case []any:
		list, _ := value.([]any)
		made := make([]any, len(list))
		for i, item := range list {
			if made[i] = item; len(s) > 0 {
				made[i] = fit(s[0], item)
			}
		}
		return made
	case map[string]any:
		fields, _ := value.(map[string]any)
		made := maps.Clone(s)
		for name, field := range fields {
			made[name] = fit(s[name], field)
		}
		return made
	}
	return value
}
