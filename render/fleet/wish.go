package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// wish is one thing that a pod's selector or affinity asks of a node's labels.
type wish corev1.NodeSelectorRequirement

// wishes are what a pod asks for of labels: alternatives, of each of which all must hold.
func wishes(spec *corev1.PodSpec) [][]wish {
	var always []wish
	for _, key := range slices.Sorted(maps.Keys(spec.NodeSelector)) {
		always = append(always, wish{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{spec.NodeSelector[key]}})
	}
	terms := affinityTerms(spec)
	if len(terms) == 0 {
		return [][]wish{always}
	}
	var all [][]wish
	for _, term := range terms {
		either := slices.Clone(always)
		for _, expression := range term.MatchExpressions {
			either = append(either, wish(expression))
		}
		all = append(all, either)
	}
	return all
}

func affinityTerms(spec *corev1.PodSpec) []corev1.NodeSelectorTerm {
	if spec.Affinity == nil || spec.Affinity.NodeAffinity == nil {
		return nil
	}
	if required := spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
		return required.NodeSelectorTerms
	}
	return nil
}

// String is a wish as kubectl writes selectors.
func (w wish) String() string {
	switch w.Operator {
	case corev1.NodeSelectorOpIn:
		if len(w.Values) == 1 {
			return w.Key + "=" + w.Values[0]
		}
		return fmt.Sprintf("%s in (%s)", w.Key, strings.Join(w.Values, ", "))
	case corev1.NodeSelectorOpNotIn:
		return fmt.Sprintf("%s not in (%s)", w.Key, strings.Join(w.Values, ", "))
	case corev1.NodeSelectorOpGt:
		return w.Key + " > " + strings.Join(w.Values, "")
	case corev1.NodeSelectorOpLt:
		return w.Key + " < " + strings.Join(w.Values, "")
	case corev1.NodeSelectorOpDoesNotExist:
		return "no " + w.Key
	}
	return w.Key
}
