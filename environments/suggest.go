package environments

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

	"github.com/penstock-dev/penstock/environments/spelling"
)

// suggestField answers an unknown field: the nearest field beside it, or the same name elsewhere in the
// schema, or else the names that there are.
func suggestField(root *schema.Structural, steps []string) string {
	parent, name := steps[:len(steps)-1], steps[len(steps)-1]
	around := at(root, parent)
	if around == nil {
		return "remove it"
	}
	names := slices.Sorted(maps.Keys(around.Properties))
	if near := spelling.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	if found := elsewhere(root, name, ""); found != "" {
		return "did you mean " + found + "?"
	}
	if len(names) == 0 {
		return "remove it"
	}
	return "expected one of " + strings.Join(names, ", ")
}

// elsewhere is the path of a field with this very name below spec, the first in alphabetical order.
func elsewhere(s *schema.Structural, name, path string) string {
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		if path == "" && key != "spec" {
			continue
		}
		below := strings.TrimPrefix(path+"."+key, ".")
		if key == name {
			return below
		}
		property := s.Properties[key]
		if found := elsewhere(&property, name, below); found != "" {
			return found
		}
	}
	return ""
}
