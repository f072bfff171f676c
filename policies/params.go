package policies

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/penstock-dev/penstock/policies/expression"
)

// readParams reads a policy's parameters with their defaults. Whole numbers are int64, others float64.
func readParams(raw *apiextensionsv1.JSON) (map[string]any, error) {
	params := map[string]any{}
	if raw == nil || len(raw.Raw) == 0 {
		return params, nil
	}
	if json.Unmarshal(raw.Raw, &params) != nil {
		return nil, errors.New("expected a map of parameters with their defaults")
	}
	for name, value := range params {
		params[name] = numbers(value)
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
		return expression.List(typeOfParam(name, v[0]))
	case map[string]any:
		if len(v) == 0 {
			return expression.Map(expression.Dyn)
		}
		return typeOfObject(name, v)
	}
	return expression.Dyn
}
