// Package render turns a unit into Kubernetes objects, in two steps, both with kustomize's own code and
// both in memory.
//
// The first step builds what the engineer wrote: the unit's directory with its bases and patches, which
// yields one ModelDeployment, the descriptor, and whatever else the unit carries. Kustomize by itself
// would fetch what looks like an address, run git, and expand whatever it is given; so a scan goes ahead
// of it, follows every reference, and refuses with file and line. Kustomize then gets a file system that
// holds what was vetted and nothing else.
//
// The second step builds what the descriptor means: the objects of its runtime with the values that
// follow from the descriptor. A runtime is a directory under runtimes:
//
//	kustomization.yaml   a component: what all runtimes share (base), and patches of it
//	replacements.yaml    which value goes into which field, if base has no place for it (optional)
//	runtime.yaml         port, health path, sources, and how values become arguments and variables
//
// and a directory under runtimes/parts holds what some units need and others do not, such as GPUs. A part
// is used when the values have a field of its name. To add a runtime is to add a directory; no Go knows
// any of them by name.
//
// Rendering is pure. It reads the tree that it is given and nothing else: no network, no plugin, no
// executable, no clock. The same tree gives the same bytes.
package render
