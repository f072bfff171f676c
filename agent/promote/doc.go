// Package promote brings a release from one environment to the next.
//
// A promotion is a small thing: the file release.yaml of a model is copied, byte for byte, from one environment to the
// next, in a commit of its own, on a branch of its own, which a pull request asks to merge. All else here is so that it
// is just that and nothing else, and so that whoever merges knows why they may.
//
//	plan, err := promote.New(renderer, tree, layout, promote.Request{Model: "llama-3-8b", To: "prod"})
//
// New finds out what would be copied. It refuses what could not work, with the file and line to blame: above all a
// target where the same file would be another release, because a base or a patch there says something of the release
// too. Nothing is written; [Plan.Tree] shows the repository as it would be.
//
// # Gates
//
// Whether policy lets the release in is asked of agent/check, as for any other change. [Gates] sorts the answer: which
// policies are open, which open at a known time, which are closed, and which wait for people. People approve what they
// can see, so a pull request is opened while approvals and signatures are still missing, and nothing else: [Awaits].
//
// # The story
//
// A [Story] is what there is to tell: since when the release has been healthy, what was measured of it, who brought it
// so far, and what the gates say. It is told in the commit, with trailers for machines, and in the pull request. What
// others have written, such as names and subjects, can neither forge a trailer nor break Markdown.
//
// # The branch
//
// There is one branch for each model and environment, penstock/promote/prod/llama-3-8b, and so there are never two pull
// requests for one. [Reconcile] looks at what is on the server and does what is missing: push, open, update, close,
// delete. It remembers nothing, so it may be killed between any two steps and be run by two at once. A branch is moved
// only from the commit that was looked at. What a person added on the branch is never overwritten, and a pull request that
// a person closed is not opened again for the same content.
//
// # Reverts
//
// When the agent has gone back to an earlier release by itself, Git still asks for the one that failed. A [Revert] has it ask
// for what runs, on a branch of its own, penstock/rollback/prod/llama-3-8b, and by the same [Reconcile]. It restores
// release.yaml as it was, if that is enough, and else all that the model is built from in its own directory: then a change of
// the placement that came since is taken back with it. It never touches anything outside: a release that came through a base
// is left to people ([CameFromElsewhere]). No gate keeps it from being proposed, since it is about what runs.
//
// It reaches the server by a [Store]: [OfRepository] for the agent, and [Clone] for a person, whose own git does the
// work, with their credentials, hooks and signing key, and never touches their work tree, index or branches.
package promote
