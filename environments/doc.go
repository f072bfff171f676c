// Package environments says what an environment and a descriptor are, and reads them.
//
// Load finds the environments and units of a tree of files: the working directory of an engineer or the
// snapshot of a commit. It reads environment.yaml and looks at each unit's directory, but it does not
// build the unit: a descriptor may be spread over a base, a release and patches, and kustomize puts it
// together in package render. Decode then turns the built object into a typed ModelDeployment, strictly,
// and traces whatever is wrong back to the file and line that said it.
//
// What is right is said once, in the Go types of package v1alpha1. The CRD that is generated from them
// judges a descriptor here by the API server's own code, so that a pull request sees what the cluster
// would refuse; a few checks in Go add what a schema cannot say.
//
// Reference is a complete tree of three models in three environments, for init, the demo and tests.
//
// Nothing here talks to a cluster.
package environments
