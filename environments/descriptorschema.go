package environments

import "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

// DescriptorSchema is the schema of ModelDeployment. It must not be changed.
func DescriptorSchema() *schema.Structural { return modelDeploymentSchema().structural }
