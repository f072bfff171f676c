package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of everything in this package.
var GroupVersion = schema.GroupVersion{Group: "penstock.dev", Version: "v1alpha1"}

// The kinds of this package.
const (
	ModelDeploymentKind = "ModelDeployment"
	EnvironmentKind     = "Environment"
)

// AddToScheme registers ModelDeployment with a scheme. Environment is read from Git alone and is not
// registered: no cluster serves it.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &ModelDeployment{}, &ModelDeploymentList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
