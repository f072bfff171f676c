package policies

import (
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// matches says whether rules are about an object. Which resource serves a kind is guessed, as kubectl does offline: a
// pull request has no cluster to ask.
func matches(about *admissionregistrationv1.MatchResources, object map[string]any) bool {
	one := func(rule admissionregistrationv1.NamedRuleWithOperations) bool { return isAbout(rule, object) }
	return slices.ContainsFunc(about.ResourceRules, one) && !slices.ContainsFunc(about.ExcludeResourceRules, one)
}

func isAbout(rule admissionregistrationv1.NamedRuleWithOperations, object map[string]any) bool {
	u := &unstructured.Unstructured{Object: object}
	plural, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind())
	has := func(list []string, value string) bool {
		return slices.Contains(list, "*") || slices.Contains(list, value)
	}
	return has(rule.APIGroups, plural.Group) && has(rule.APIVersions, plural.Version) &&
		(has(rule.Resources, plural.Resource) || slices.Contains(rule.Resources, "*/*")) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, u.GetName()))
}

// nameOf is an object as people name it, as in Deployment/llama.
func nameOf(object map[string]any) string {
	u := &unstructured.Unstructured{Object: object}
	return strings.TrimSuffix(u.GetKind()+"/"+u.GetName(), "/")
}
