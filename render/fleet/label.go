package fleet

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Unmatched is a label that a pod asks for and that no live node has.
type Unmatched struct {
	// Key is the label's, such as nvidia.com/gpu.product.
	Key string
	// Value is what is asked for: a value, or "> 40000" and "< 8" of a number. Empty where any value would do.
	Value string
	// Nearest are the values of live nodes that may have been meant, at most three, the best first; or the keys,
	// when no node has the key.
	Nearest []string
	// NoKey says that no live node has the key with any value.
	NoKey bool
	// Others are values that live nodes have, when none is near; at most five, the most frequent first.
	Others []string
}

// String is a sentence without its full stop, such as
// "no node has nvidia.com/gpu.product=NVIDIA-H100-80GB; the nearest is NVIDIA-H100-80GB-HBM3".
func (u Unmatched) String() string {
	asked := u.Key
	switch {
	case strings.HasPrefix(u.Value, "> "), strings.HasPrefix(u.Value, "< "):
		asked += " " + u.Value
	case u.Value != "":
		asked += "=" + u.Value
	}
	text := "no node has " + asked
	what := "value"
	if u.NoKey {
		text, what = "no node has the label "+asked, "label"
	}
	switch {
	case len(u.Nearest) == 1:
		return text + "; the nearest " + what + " is " + u.Nearest[0]
	case len(u.Nearest) > 1:
		return text + "; the nearest " + what + "s are " + list(u.Nearest, "and")
	case len(u.Others) > 0:
		return text + "; there is " + list(u.Others, "and")
	}
	return text
}

// unmatched are the labels that pods ask for and no live node has.
func (f *Fleet) unmatched(specs ...*corev1.PodSpec) []Unmatched {
	var all []Unmatched
	var alternatives [][]wish
	for _, spec := range specs {
		alternatives = append(alternatives, wishes(spec)...)
	}
	seen := map[string]bool{}
	for _, either := range alternatives {
		for _, w := range either {
			for _, u := range f.unmet(w) {
				if id := u.Key + "=" + u.Value; !seen[id] {
					seen[id] = true
					all = append(all, u)
				}
			}
		}
	}
	return all
}

// unmet is what no live node has of one wish. To be without a label is always possible.
func (f *Fleet) unmet(w wish) []Unmatched {
	var all []Unmatched
	switch w.Operator {
	case corev1.NodeSelectorOpIn:
		for _, value := range w.Values {
			if f.values[w.Key][value] == 0 {
				all = append(all, f.near(w.Key, value))
			}
		}
	case corev1.NodeSelectorOpExists:
		if len(f.values[w.Key]) == 0 {
			all = append(all, f.near(w.Key, ""))
		}
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		all = f.beyond(w)
	}
	return all
}

// near finds what may have been meant.
func (f *Fleet) near(key, value string) Unmatched {
	u := Unmatched{Key: key, Value: value}
	if len(f.values[key]) == 0 {
		u.NoKey = true
		u.Nearest = nearest(key, slices.Collect(maps.Keys(f.values)))
		return u
	}
	u.Nearest = nearest(value, slices.Collect(maps.Keys(f.values[key])))
	if len(u.Nearest) == 0 {
		u.Others = frequent(f.values[key])
	}
	return u
}

// beyond is a bound that no node's number passes; the nearest is the largest or the smallest there is.
func (f *Fleet) beyond(w wish) []Unmatched {
	if len(w.Values) != 1 {
		return nil
	}
	bound, err := strconv.ParseInt(w.Values[0], 10, 64)
	if err != nil {
		return nil
	}
	sign, more := "> ", w.Operator == corev1.NodeSelectorOpGt
	if !more {
		sign = "< "
	}
	best, found := extreme(f.values[w.Key], more)
	if found && ((more && best > bound) || (!more && best < bound)) {
		return nil
	}
	u := Unmatched{Key: w.Key, Value: sign + w.Values[0], NoKey: len(f.values[w.Key]) == 0}
	if u.NoKey {
		u.Nearest = f.near(w.Key, "").Nearest
	} else if found {
		u.Nearest = []string{strconv.FormatInt(best, 10)}
	}
	return []Unmatched{u}
}

// extreme is the largest or smallest of the values that are numbers.
func extreme(values map[string]int, largest bool) (best int64, found bool) {
	for value := range values {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			continue
		}
		if !found || (largest && n > best) || (!largest && n < best) {
			best, found = n, true
		}
	}
	return best, found
}

func frequent(values map[string]int) []string {
	all := slices.Sorted(maps.Keys(values))
	slices.SortStableFunc(all, func(a, b string) int { return values[b] - values[a] })
	return all[:min(5, len(all))]
}

// list joins words as a person does: a, b and c.
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
