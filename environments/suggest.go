package environments

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
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
	if near := nearest(name, names); near != "" {
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

// nearest is the candidate that a typing error could have made into word, or "".
func nearest(word string, candidates []string) string {
	best, most := "", max(1, min(3, len(word)/3))
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate), most); d <= most {
			best, most = candidate, d-1
		}
	}
	return best
}

// distance is how many letters must be added, removed, changed or swapped with their neighbour to turn
// a into b. Words whose lengths differ by more than most are not looked at.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
