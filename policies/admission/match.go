package admission

import (
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// matched is whether a policy or a binding is about an object.
type matched struct {
	yes bool
	// note says what was taken to be so.
	note string
	// version is another one of the object's kind that the policy wants to see it in; empty for its own.
	version string
}

// match follows the API server's order: namespace, object, what is excluded, what is included. A selector that cannot be
// read is an error.
func (r *request) match(m *admissionregistrationv1.MatchResources) (matched, error) {
	yes, note, err := r.inNamespace(m.NamespaceSelector)
	if err != nil || !yes {
		return matched{}, err
	}
	if yes, err = r.selected(m.ObjectSelector); err != nil || !yes {
		return matched{}, err
	}
	if excluded, version := r.anyRule(m.ExcludeResourceRules, m.MatchPolicy); excluded && version == "" {
		return matched{}, nil
	}
	if len(m.ResourceRules) == 0 {
		return matched{yes: true, note: note}, nil
	}
	included, version := r.anyRule(m.ResourceRules, m.MatchPolicy)
	return matched{yes: included, note: note, version: version}, nil
}

// inNamespace asks the selector about what is known of the namespace. Requirements of labels that are not known are taken
// to be met.
func (r *request) inNamespace(selector *metav1.LabelSelector) (yes bool, note string, err error) {
	parsed, err := selectorOf(selector)
	if err != nil || parsed.Empty() || r.namespace == "" {
		return err == nil, "", err
	}
	if r.labels != nil {
		return parsed.Matches(labels.Set(r.labels)), "", nil
	}
	known := labels.Set{corev1.LabelMetadataName: r.namespace}
	requirements, selectable := parsed.Requirements()
	if !selectable {
		return false, "", nil
	}
	for _, requirement := range requirements {
		if requirement.Key() != corev1.LabelMetadataName {
			note = "the labels of namespace " + r.namespace + " are not known and taken to be those that the policy is for"
		} else if !requirement.Matches(known) {
			return false, "", nil
		}
	}
	return true, note, nil
}

// selected asks the selector about the object, as it was or as it will be.
func (r *request) selected(selector *metav1.LabelSelector) (bool, error) {
	parsed, err := selectorOf(selector)
	if err != nil || parsed.Empty() {
		return err == nil, err
	}
	has := func(o *unstructured.Unstructured) bool { return o != nil && parsed.Matches(labels.Set(o.GetLabels())) }
	return has(r.object) || has(r.old), nil
}

// selectorOf reads a selector; a missing one is for everything.
func selectorOf(selector *metav1.LabelSelector) (labels.Selector, error) {
	if selector == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(selector)
}

// anyRule reports whether one of the rules is about the object: first in its own version, and then, unless only exact
// matches count, in another that it can be converted to.
func (r *request) anyRule(rules []admissionregistrationv1.NamedRuleWithOperations, policy *admissionregistrationv1.MatchPolicyType) (yes bool, version string) {
	about := func(rule admissionregistrationv1.NamedRuleWithOperations) bool { return r.isAbout(rule) }
	if slices.ContainsFunc(rules, func(rule admissionregistrationv1.NamedRuleWithOperations) bool {
		return about(rule) && has(rule.APIVersions, r.resource.Version)
	}) {
		return true, ""
	}
	if policy == nil || *policy == admissionregistrationv1.Exact {
		return false, ""
	}
	if i := slices.IndexFunc(rules, about); i >= 0 && len(rules[i].APIVersions) > 0 {
		return true, rules[i].APIVersions[0]
	}
	return false, ""
}

// isAbout is everything of a rule but the version.
func (r *request) isAbout(rule admissionregistrationv1.NamedRuleWithOperations) bool {
	operations := func(o admissionregistrationv1.OperationType) bool {
		return o == admissionregistrationv1.OperationAll || string(o) == string(r.operation())
	}
	resources := func(resource string) bool {
		name, sub, _ := strings.Cut(resource, "/")
		return (name == "*" || name == r.resource.Resource) && (sub == "*" || sub == "")
	}
	return r.inScope(rule.Scope) && slices.ContainsFunc(rule.Operations, operations) && has(rule.APIGroups, r.resource.Group) &&
		slices.ContainsFunc(rule.Resources, resources) && (len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.object.GetName()))
}

func (r *request) inScope(scope *admissionregistrationv1.ScopeType) bool {
	switch {
	case scope == nil || *scope == admissionregistrationv1.AllScopes:
		return true
	case *scope == admissionregistrationv1.NamespacedScope:
		return r.namespace != ""
	}
	return *scope == admissionregistrationv1.ClusterScope && r.namespace == ""
}

// has reports whether a list of a rule names something, or all.
func has(list []string, value string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, value)
}
