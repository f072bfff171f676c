// Package render turns a unit into Kubernetes objects, in two steps, both by kustomize and both in memory.
//
// The first builds what the engineer wrote: the unit's directory with its bases and patches, which yields
// one ModelDeployment, the descriptor, and whatever else the unit carries. The second builds what the
// descriptor means: the base of its runtime, a directory of plain YAML under runtimes, with the values
// that follow from the descriptor put in their places.
//
// Rendering is pure. It reads the tree that it is given and nothing else: no network, no plugin, no
// executable, no clock. The same tree gives the same bytes.
package render
