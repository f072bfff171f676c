package admission

import (
	"cmp"
	"maps"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apiserver/pkg/authentication/user"
)

// Set is a cluster's policies with their bindings and parameters. It is immutable and safe for concurrent use.
type Set struct {
	policies []*policy // sorted by name
	params   []*unstructured.Unstructured
	user     user.Info // nil if it is not known
}

// policy is one that is ready to be evaluated.
type policy struct {
	*admissionregistrationv1.ValidatingAdmissionPolicy
	bindings []*admissionregistrationv1.ValidatingAdmissionPolicyBinding // sorted by name
	compiled compiled
	file     string
	line     int
}

// FromObjects makes a set of what was read from a cluster. Params are all objects of the kinds that policies take
// parameters of. Bindings of policies that are not there do nothing, as in a cluster; neither do policies without one.
func FromObjects(
	policies []admissionregistrationv1.ValidatingAdmissionPolicy, bindings []admissionregistrationv1.ValidatingAdmissionPolicyBinding,
	params []*unstructured.Unstructured,
) *Set {
	s := &Set{params: sortedParams(params)}
	for i := range policies {
		s.policies = append(s.policies, newPolicy(policies[i].DeepCopy()))
	}
	for i := range bindings {
		s.bind(bindings[i].DeepCopy())
	}
	return s.sorted()
}

func newPolicy(definition *admissionregistrationv1.ValidatingAdmissionPolicy) *policy {
	setDefaults(definition)
	return &policy{ValidatingAdmissionPolicy: definition, compiled: compile(definition)}
}

// bind gives a binding to its policy; ok if there is one.
func (s *Set) bind(binding *admissionregistrationv1.ValidatingAdmissionPolicyBinding) (ok bool) {
	setMatchDefaults(binding.Spec.MatchResources)
	i := slices.IndexFunc(s.policies, func(p *policy) bool { return p.Name == binding.Spec.PolicyName })
	if i >= 0 {
		s.policies[i].bindings = append(s.policies[i].bindings, binding)
	}
	return i >= 0
}

func (s *Set) sorted() *Set {
	slices.SortStableFunc(s.policies, func(a, b *policy) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range s.policies {
		slices.SortStableFunc(p.bindings, func(a, b *admissionregistrationv1.ValidatingAdmissionPolicyBinding) int {
			return cmp.Compare(a.Name, b.Name)
		})
	}
	return s
}

// Len is how many policies there are; none in a nil set.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.policies)
}

// As is the set with somebody in mind who applies the objects, for policies that ask who it is. A service account is in
// the groups system:serviceaccounts, system:serviceaccounts:<its namespace> and system:authenticated.
func (s *Set) As(name string, groups ...string) *Set {
	known := *s
	known.user = &user.DefaultInfo{Name: name, Groups: slices.Clone(groups), Extra: map[string][]string{}}
	return &known
}

// setDefaults is what the API server adds to a policy when it is created.
func setDefaults(p *admissionregistrationv1.ValidatingAdmissionPolicy) {
	if p.Spec.FailurePolicy == nil {
		fail := admissionregistrationv1.Fail
		p.Spec.FailurePolicy = &fail
	}
	setMatchDefaults(p.Spec.MatchConstraints)
}

func setMatchDefaults(m *admissionregistrationv1.MatchResources) {
	if m != nil && m.MatchPolicy == nil {
		equivalent := admissionregistrationv1.Equivalent
		m.MatchPolicy = &equivalent
	}
}

func sortedParams(params []*unstructured.Unstructured) []*unstructured.Unstructured {
	all := make([]*unstructured.Unstructured, len(params))
	for i, p := range params {
		all[i] = &unstructured.Unstructured{Object: maps.Clone(p.Object)}
	}
	slices.SortStableFunc(all, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return all
}
