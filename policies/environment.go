package policies

import (
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/expression"
)

// base is the environment that all policies share; what one of them defines is its own.
var base = sync.OnceValues(func() (*expression.Env, error) {
	return expression.NewEnv(variables(descriptorType())...)
})

// descriptorType is the type of descriptors, from the schema that they are checked against. What the schema of a CRD
// cannot say of metadata is added.
func descriptorType() *expression.Type {
	schema := environments.DescriptorSchema().DeepCopy()
	delete(schema.Properties, "status") // Git has none
	descriptor := model.SchemaDeclType(schema, true).MaybeAssignTypeName("penstock.ModelDeployment")
	descriptor.Fields["metadata"].Type = expression.Object("penstock.Metadata", map[string]*expression.Type{
		"name": expression.String, "namespace": expression.String,
		"labels": expression.Map(expression.String), "annotations": expression.Map(expression.String),
	})
	return descriptor
}
