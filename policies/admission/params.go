package admission

import (
	"errors"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// param is a parameter as CEL sees it.
type param struct{ *unstructured.Unstructured }

// ToUnstructured tells the API server's packages that this is no struct with a field named Object.
func (p param) ToUnstructured() any { return p.Object }

// errNoParams is the API server's own.
var errNoParams = errors.New("no params found for policy binding with `Deny` parameterNotFoundAction")

// paramsOf finds the parameters that a binding gives to its policy: one that is nil when the policy takes none or the
// binding gives none. Without any the policy is not evaluated.
func (s *Set) paramsOf(kind *admissionregistrationv1.ParamKind, ref *admissionregistrationv1.ParamRef, namespace string) ([]runtime.Object, error) {
	if kind == nil || ref == nil {
		return []runtime.Object{nil}, nil
	}
	selector, err := paramSelector(ref)
	if err != nil {
		return nil, err
	}
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	var found []runtime.Object
	for _, p := range s.params {
		of := p.GetAPIVersion() == kind.APIVersion && p.GetKind() == kind.Kind
		in := p.GetNamespace() == "" || p.GetNamespace() == namespace
		named := ref.Name == "" || p.GetName() == ref.Name
		if of && in && named && selector.Matches(labels.Set(p.GetLabels())) {
			found = append(found, param{p})
		}
	}
	if len(found) == 0 && ref.ParameterNotFoundAction != nil && *ref.ParameterNotFoundAction == admissionregistrationv1.DenyAction {
		return nil, errNoParams
	}
	return found, nil
}

func paramSelector(ref *admissionregistrationv1.ParamRef) (labels.Selector, error) {
	switch {
	case ref.Name != "" && ref.Selector != nil:
		return nil, errors.New("paramRef.name and paramRef.selector are mutually exclusive")
	case ref.Name == "" && ref.Selector == nil:
		return nil, errors.New("one of name or selector must be provided")
	}
	return selectorOf(ref.Selector)
}

// missing names the parameters that a binding asks for, for people.
func missing(kind *admissionregistrationv1.ParamKind, ref *admissionregistrationv1.ParamRef) string {
	if ref.Name != "" {
		return fmt.Sprintf("%s %s", kind.Kind, ref.Name)
	}
	return fmt.Sprintf("a %s that the binding selects", kind.Kind)
}
