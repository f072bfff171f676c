// Package v1alpha1 holds the two kinds that people write in the repository that Penstock follows.
//
// A ModelDeployment describes one model in one environment. Its spec has two halves: the release (model
// and runtime), which is promoted from environment to environment, and the placement (everything else),
// which belongs to one environment. An Environment says where the models of one directory go.
//
// The CRD of ModelDeployment is generated from these types, and the same schema validates descriptors
// before anything reaches a cluster: what the API server would refuse, the pull request sees first.
//
// +kubebuilder:object:generate=true
// +groupName=penstock.dev
package v1alpha1

//go:generate go run sigs.k8s.io/controller-tools/cmd/controller-gen@v0.21.0 object crd:generateEmbeddedObjectMeta=true paths=. output:crd:dir=crds
