package fit

import (
	"cmp"
	"slices"
	"strings"
)

// mostNearest is how many labels NearestProducts returns.
const mostNearest = 3

// NearestProducts returns those of the known labels that are most like one that no node has, the nearest first
// and at most three. Labels are compared by their parts, such as H100, 80GB and PCIe, and then by their letters.
// One that has neither the same model nor one that differs by a suffix is not near.
func NearestProducts(label string, known []string) []string {
	type candidate struct {
		name             string
		common, distance int
	}
	var near []candidate
	for _, name := range known {
		letters := distance(strings.ToLower(label), strings.ToLower(name))
		if common := commonParts(parts(label), parts(name)); common > 0 || letters <= 2 {
			near = append(near, candidate{name, common, letters})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.common, a.common), cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	near = slices.CompactFunc(near, func(a, b candidate) bool { return a.name == b.name })
	var names []string
	for _, c := range near[:min(len(near), mostNearest)] {
		names = append(names, c.name)
	}
	return names
}

// parts splits a label into what it is made of.
func parts(label string) []string {
	return strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
}

// untelling are parts that many products have.
var untelling = []string{"nvidia", "tesla", "mig", "shared", "server", "edition"}

// commonParts says how much two labels have in common: 2 for each telling part, and 1 for a model that is another
// with a suffix, as L40S is L40. Labels without a model in common have nothing in common.
func commonParts(a, b []string) int {
	common, model := 0, 0
	for _, part := range a {
		switch {
		case slices.Contains(untelling, part):
		case slices.Contains(b, part) && isModel(part):
			model += 2
		case slices.Contains(b, part):
			common += 2
		case isModel(part) && slices.ContainsFunc(b, func(other string) bool { return extends(part, other) }):
			model++
		}
	}
	if model == 0 {
		return 0
	}
	return common + model
}

// isModel reports whether a part names a GPU, as a100, l40s and 6000 do, and 80gb and hbm3 do not.
func isModel(part string) bool {
	return strings.ContainsAny(part, "0123456789") && !strings.HasSuffix(part, "gb") && !strings.HasPrefix(part, "hbm") && !strings.HasPrefix(part, "sxm")
}

// extends reports whether one of two models is the other with a suffix.
func extends(a, b string) bool {
	return isModel(b) && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// longest is how many bytes of a label are compared; a label has at most 63.
const longest = 128

// distance is how many letters have to be inserted, removed or replaced to turn a into b.
func distance(a, b string) int {
	a, b = a[:min(len(a), longest)], b[:min(len(b), longest)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
