// Package records writes what the agent of an environment did into Git, and reads it back without believing it.
//
// The idea is a ship's log. Each environment has one, the orphan branch penstock/records/<environment>, and one writer, its
// agent. A [Fact] is one line of it: a release was let in or held, applied, found healthy or not, taken back. Facts are
// numbered, each names the digest of the one before, and the commits that bring them are signed with the agent's SSH key.
// Nothing in it is ever changed; what was wrong is followed by what is right.
package records
