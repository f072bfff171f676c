// Package apply puts one unit's objects into the cluster and says what came of it.
//
// A unit in the cluster is an ApplySet (KEP-3659). Its ModelDeployment is the parent and carries the set's
// id and the group-kinds that members may have; every member carries the id in its part-of label. That is
// the whole inventory: it lives in the cluster, so an agent that starts with an empty disk knows what it
// owns, and the label of an object says whose it is.
//
// # The order of the requests
//
// The process may be killed between any two requests, so their order keeps one invariant: every member's
// group-kind is recorded on the parent, and nothing is deleted that was not looked up by its label.
//
//  1. the parent, with the union of the recorded group-kinds and the new ones;
//  2. the members;
//  3. prune: members that the cluster has and the unit has no longer;
//  4. the parent again, with the group-kinds that are left, if that differs.
//
// Remove goes the other way: the members first, the parent last.
//
// # What is never done
//
// No object is deleted to be replaced. No object of another unit, or of a controller, is written. Nothing
// is written whose present state could not be read. No PersistentVolumeClaim is pruned unless it says so
// itself. What a Secret holds is in no error, event or status.
//
// # Files
//
// apply.go, prune.go and remove.go are the three verbs. guard.go stands between the API server and
// fluxcd/pkg/ssa and makes the refusals. explain.go turns what the API server says into what a person can
// do. health*.go judge what runs, from watches. transition.go decides, without any I/O, which status and
// which events follow from what happened; status.go and event.go write them.
package apply
