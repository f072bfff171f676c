// Package writer takes facts from the journal in the cluster and writes them to Git.
//
// A [Writer] is the only one that writes the records of its environments. It commits what is pending on top of what it knows
// to be the end of the branch, signs it, pushes it and only then drops it from the journal. Whatever fails in between, the
// facts stay where they are and are written later; whatever was pushed without being dropped is found by its ids and not
// written again. It never adds to a branch that it cannot verify.
package writer
