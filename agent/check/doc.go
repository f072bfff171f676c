// Package check says what a change would do, before it is merged: what is different in the cluster afterwards, what that
// takes of GPUs and money, and what policy says.
//
// It works from a clone alone. Three trees take part: the head, which is the change; the base, which it is to be merged
// into and whose rules judge it; and the fork, where the two parted, with which the head is compared. So what the base did
// meanwhile is no change, and yet its newest rules count; sums over an environment are those after the merge.
//
// Only units that the change can reach are rendered and decided on: those of which a directory that they read differs, or
// their environment. Others are rendered for two reasons alone: a policy asks for the sums of the environment, or the change
// brings objects that were not there, which another unit might bring too.
//
// What only a cluster knows (how the release has been elsewhere, whether there is room, what its webhooks say) comes
// through Live; without it, it is not known, and a policy that asks for it holds and says so.
package check
