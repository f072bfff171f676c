package environments

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// kindSchema checks objects of one kind with the API server's own code against the CRD that the API
// server is given, so that the repository and the cluster never disagree.
type kindSchema struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
}

// The schemas are compiled once, on first use.
var (
	modelDeploymentSchema = compileOnce(v1alpha1.ModelDeploymentCRD)
	environmentSchema     = compileOnce(v1alpha1.EnvironmentCRD)
	policySchema          = compileOnce(v1alpha1.PolicyCRD)
	exceptionSchema       = compileOnce(v1alpha1.PolicyExceptionCRD)
	trustSchema           = compileOnce(v1alpha1.TrustCRD)
	approvalSchema        = compileOnce(v1alpha1.ApprovalCRD)
)

func compileOnce(crd []byte) func() *kindSchema {
	compiled := sync.OnceValues(func() (*kindSchema, error) { return compileSchema(crd) })
	return func() *kindSchema {
		s, err := compiled()
		if err != nil {
			panic(fmt.Sprintf("compile the embedded CRD: %v", err)) // the build is broken, not the input
		}
		return s
	}
}

func compileSchema(crd []byte) (*kindSchema, error) {
	var v1 apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(crd, &v1); err != nil {
		return nil, err
	}
	props := new(apiextensions.JSONSchemaProps)
	in := v1.Spec.Versions[0].Schema.OpenAPIV3Schema
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(in, props, nil); err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(props)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(props)
	return &kindSchema{structural: structural, validator: validator}, err
}

// verdict is what the API server would object to.
type verdict struct {
	unknown    []string // fields that the schema does not have
	duplicates []string // items that a set or a keyed list has twice
	invalid    []string // fields that are missing, or whose value is not as the schema says
	elsewhere  bool     // something is invalid that the validator does not name
}

// anonymous is how the validator names a field when it compares types that it did not expect. It names
// the field as well, as far as we know.
const anonymous = "<nil>"

// judge does what the API server does with a new object, in its order: it drops unknown fields (and says
// which), drops nulls, and validates what is left. It changes the object.
func (s *kindSchema) judge(object map[string]any) verdict {
	var v verdict
	v.unknown = pruning.PruneWithOptions(object, s.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(object, s.structural)
	for _, err := range validation.ValidateCustomResource(nil, object, s.validator) {
		if err.Field != anonymous {
			v.invalid = append(v.invalid, bracketed(s.structural, err.Field))
		} else {
			v.elsewhere = true
		}
	}
	for _, err := range listtype.ValidateListSetsAndMaps(nil, s.structural, object) {
		v.duplicates = append(v.duplicates, err.Field)
	}
	slices.Sort(v.invalid) // an int-or-string yields several errors
	v.invalid = slices.Compact(v.invalid)
	return v
}

// bracketed puts the key of a map of labels in brackets, as document.Steps reads it. The validator writes a dot
// before it, and such keys have dots themselves.
func bracketed(s *schema.Structural, field string) string {
	steps := document.Steps(field)
	for i := range steps {
		if sub := at(s, steps[:i]); sub != nil && sub.AdditionalProperties != nil {
			key := strings.Join(steps[i:], ".")
			return strings.TrimSuffix(field, "."+key) + "[" + key + "]"
		}
	}
	return field
}

// at is the schema of a field, or nil.
func at(s *schema.Structural, steps []string) *schema.Structural {
	for _, step := range steps {
		switch {
		case s == nil:
			return nil
		case s.Items != nil:
			s = s.Items
		case s.AdditionalProperties != nil:
			s = s.AdditionalProperties.Structural
		default:
			property, ok := s.Properties[step]
			if !ok {
				return nil
			}
			s = &property
		}
	}
	return s
}

// valueAt is what an object holds at a field.
func valueAt(object any, steps []string) (any, bool) {
	for _, step := range steps {
		switch in := object.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return nil, false
			}
			object = next
		case []any:
			i, ok := index(step, len(in))
			if !ok {
				return nil, false
			}
			object = in[i]
		default:
			return nil, false
		}
	}
	return object, true
}
