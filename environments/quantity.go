package environments

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

const (
	// maxQuantityLength is the longest text of a quantity that anybody means.
	maxQuantityLength = 32
	// maxExponent keeps 1e1000000000 out: to compare it with anything, Kubernetes writes out all its digits,
	// which takes hours and gigabytes, and from 1e19 on its value is 0.
	maxExponent = 18
)

// unreckonable empties the fields of an object whose values have the form of a quantity and cannot be reckoned
// with, and reports them.
func (s *kindSchema) unreckonable(object map[string]any) problem.List {
	var problems problem.List
	visitQuantities(s.structural, object, "", func(field string, parent map[string]any, key string) {
		text, ok := parent[key].(string)
		if !ok || reckonable(text) {
			return
		}
		sub, steps := at(s.structural, document.Steps(field)), document.Steps(field)
		message, mend := refuse(sub, steps, text)
		problems = append(problems, problem.Problem{Field: field, Rule: problem.InvalidValue, Message: message, Mend: mend})
		parent[key] = "" // no quantity either, so that nothing more is concluded from it
	})
	return problems
}

// visitQuantities visits the fields below a value that are quantities, in alphabetical order.
func visitQuantities(s *schema.Structural, value any, path string, visit func(field string, parent map[string]any, key string)) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			sub, below := at(s, []string{key}), strings.TrimPrefix(path+"."+key, ".")
			if isQuantity(sub) {
				visit(below, value, key)
			} else if sub != nil {
				visitQuantities(sub, value[key], below, visit)
			}
		}
	case []any:
		for i, item := range value {
			visitQuantities(s.Items, item, indexed(path, i), visit)
		}
	}
}

func isQuantity(s *schema.Structural) bool {
	return s != nil && s.XIntOrString && s.ValueValidation != nil && s.ValueValidation.Pattern == quantityPattern
}

// reckonable tells whether a quantity is one, and of a magnitude that can be compared and added.
func reckonable(text string) bool {
	if len(text) > maxQuantityLength {
		return false
	}
	if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); exponent != "" && exponent != "i" {
		if n, err := strconv.Atoi(exponent); err != nil || n < -maxExponent || n > maxExponent {
			return false
		}
	}
	_, err := resource.ParseQuantity(text)
	return err == nil
}
