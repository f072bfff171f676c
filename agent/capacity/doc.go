// Package capacity keeps a cluster's nodes, pods and devices in view, so that the agent knows at any moment what
// is free without asking.
//
// It watches five kinds: nodes, pods of all namespaces, and of resource.k8s.io ResourceSlices, ResourceClaims and
// DeviceClasses. That costs one request per kind when it begins, and one whenever the API server ends a watch,
// which it does every few minutes; nothing while pods come and go. Of each object only what package fleet reads
// stays in memory, and finished pods and those without a node are not even sent.
//
//	watch, err := capacity.New(capacity.Config{REST: config, OnChange: requeue})
//	go watch.Run(ctx)
//	…
//	if f, known := watch.Fleet(); known { f.Place(…) }
//
// The agent needs list and watch on these kinds in the whole cluster. Without them it works all the same,
// only less well: Fleet says that nothing is known, Problem says which right is missing, and a request is made
// again every few minutes. Where the API server does not serve resource.k8s.io/v1 (before Kubernetes 1.34), there
// are no devices; that is found out once, when the watch begins.
package capacity
