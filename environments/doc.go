// Package environments says what an environment and a descriptor are, and reads them.
//
// Load finds the environments and units of a tree of files: the working directory of an engineer or the
// snapshot of a commit. It reads environment.yaml and looks at each unit's directory, but it does not
// build the unit: a descriptor may be spread over a base, a release and patches, and kustomize puts it
// together in package render. Decode then turns the built object into a typed ModelDeployment, strictly,
// and traces whatever is wrong back to the file and line that said it.
//
// Nothing here talks to a cluster.
package environments
