// Package check says what a change would do, before it is merged: what is different in the cluster afterwards, what that
// takes of GPUs and money, and what policy says.
//
// It works from a clone alone. Three trees take part: the head, which is the change; the base, which it is to be merged
// into and whose rules judge it; and the fork, where the two parted, with which the head is compared. Only units that the
// change can reach are rendered and decided on: those of which a directory that they read differs, and those of an
// environment whose rules or prices do.
//
// What only a cluster knows (how the release has been elsewhere, whether there is room, what its webhooks say) comes
// through Live; without it, it is not known, and a policy that asks for it holds and says so.
package check
