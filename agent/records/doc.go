// Package records writes what the agent of an environment did into Git, and reads it back without believing it.
//
// The idea is a ship's log. Each environment has one, the orphan branch penstock/records/<environment>, and one writer, its
// agent. A [Fact] is one line of it: a release was let in or held, applied, found healthy or not, taken back. Facts are
// numbered, each names the digest of the one before, and the commits that bring them are signed with the agent's SSH key.
// Nothing in it is ever changed; what was wrong is followed by what is right.
//
// # Writing
//
// [Append] numbers facts after a [Head], links each to the one before, and says what to commit: files and message. It leaves
// out what [Written] finds to be there already, so that an agent that was killed between pushing and noting so tells
// nothing twice. [Sign] signs the commit as git does. One fact is one file of canonical bytes, a CloudEvents document that
// SCHEMA.md describes; there is no second way to write the same fact, so that it has one digest.
//
// # Reading
//
// [Verify] believes nothing but keys: those that the reader's own environment file names. It goes from the first commit to
// the tip, or on from a [Ledger] that it made before ([Ledger.Extend]), and checks that each commit is signed, follows the
// one before, adds facts and touches nothing else, and that the facts are a chain without a gap. What is wrong first is
// told as a [*BranchError]. For evidence, a branch with an error is worth nothing; for an auditor, what came before it still
// stands.
//
// A Ledger answers what was found out of the facts: [Ledger.Evidence] for policies in other environments, [Ledger.At] for
// what ran when, [Ledger.Facts] for everything, read from Git one at a time.
//
// # Clocks
//
// A fact carries the time of the clock of whoever wrote it, which may be hours off. A reader cannot know better, except that
// a fact which was not there at the last look is younger than that look. [Sightings] keep these looks, by the reader's own
// clock.
//
// The package is pure: it reads commits through agent/source, contacts nobody, writes nothing and has no clock.
package records
