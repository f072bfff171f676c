// Package audit answers an auditor's questions from a clone alone: what ran, who asked for it, who approved it, what policy
// said, and whether all of that holds.
//
// Nothing but Git is read, by source.OpenClone, and no git is run. Nobody is believed: not the host of the repository, not
// the agent, not the file names of a branch. The way goes from keys to facts to Git:
//
//   - [Open] finds the branches with records and the keys that may sign them: those that environment.yaml lists at a
//     revision, or a list of the auditor's own ([ParseKeys]).
//   - [Auditor.Verify] checks each branch with package records: every signature, every link of the chain. Then it holds what
//     the facts say against Git: that the commits exist, that the files were as their digests say, that people signed and
//     approved. What does not agree is a [Disagreement].
//   - [Pin] names the last fact of an environment. Who notes it down can tell later that the past is still the same.
//
// Everything else stands on verified facts: [Auditor.Log] tells them in order, [Auditor.At] what ran at a time, [Auditor.Release]
// the life of a release, and [Auditor.Replay] renders and decides again what was recorded. Of a branch that is broken nothing is
// told, unless it is asked for with [Query.Unverified]; then only what comes before the first bad commit, and marked.
//
// Each answer is a struct that is written as text, as JSON, whose fields are those of the structs, or as a page of HTML that
// needs nothing else.
package audit
