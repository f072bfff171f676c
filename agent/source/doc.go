// Package source follows one branch of one Git repository and shows each of
// its commits as a read-only file system; and it shows a clone in the same way.
// It fetches other branches along with it, and writes to them.
//
// The idea is a turnstile. A [Repository] asks the server where the branch is
// ([Repository.Poll]); while it has not moved, that one question is all that a
// poll costs, and the answer is the same [Snapshot] as before. When it has
// moved, the missing objects are fetched, and the turnstile turns one way
// only: the new commit must contain the one that was accepted last. A branch
// that was reset or force-pushed is refused with a [RewindError], and the
// agent stays where it was. The branch's full history is kept for exactly this
// reason, because a shallow clone cannot tell forward from backward.
//
// # Nothing is checked out
//
// A Snapshot reads trees and files straight from Git's object database. There
// is no work tree: no symlink to follow out of it, nothing that changes
// between check and use. What Git can hold but an agent must not obey, such as
// symlinks, submodules and entries named .git, is visible in a directory
// listing and refused when opened. Every object is hashed again as it is read,
// so a Snapshot never shows bytes that its commit does not name.
//
// # The store is a cache
//
// The directory in [Config.Dir] may be deleted or damaged at any time. The
// next Poll notices, clones again, and still refuses a rewind: the last
// accepted commit is remembered in the process, and across processes by
// [Config.LastCommit]. What comes commit by commit is packed now and then, so
// that it stays small for years.
//
// # The server is not trusted
//
// Every operation has a time limit, whatever arrives has a size limit, a
// redirect to another host is refused, SSH host keys must be known, and no
// error carries a secret. Each failure is an [Error] with a [Kind], a sentence
// on what went wrong and one on how to mend it; [IsTransient] tells whether
// waiting may help.
//
// # Other branches
//
// [Repository.Watch] names branches that are fetched in the same conversation,
// such as the records of other environments. They may be rewritten or vanish,
// and whoever reads them judges that; [Repository.Tip] says where each is, and
// [Repository.Problem] why one could not be fetched. None of them can stop the
// branch that is followed: what fails together is tried again one by one.
//
// # Writing
//
// A [Builder] makes commits in memory: on a Snapshot or on nothing, with only
// the directories that changed, and signed if wanted. [Repository.Push] moves a
// branch of the server to one of them. The server compares before it moves, so
// that of two who push one is told that it was overtaken, and takes up what is
// there. Nothing is guessed: a push was done, or it was not, or nobody knows
// (PushUnknown), and then [Repository.Ask] tells. Trying again is always safe,
// since a commit that is there already is a push that succeeded.
//
// The followed branch is never pushed to. Only branches that the agent makes
// for pull requests can be forced or deleted: see [Disposable].
//
// # A clone
//
// penstock check has no server to ask: it runs in a clone that CI or a person
// made, and works in. [OpenClone] reads such a clone without running git, and
// shows the same Snapshots. [WorkTree] shows the files on disk as a commit of
// them would, so that work can be judged before it is committed, and
// [Clone.DefaultBase] tells what to compare it with. A shallow clone is good
// for what it holds; where that does not suffice, it says so and does not guess.
//
// # History
//
// [History] is the same for a Repository and a Clone. It tells which commits
// touched given files ([History.Touching]), which step of a branch brought
// them ([History.FirstParentTouching]), and where branches parted. Who may
// release is decided by these, so the answers rest on the graph of commits and
// never on their dates.
//
// # Concurrency
//
// All methods may be called at the same time. Polls wait for one another, and
// so do pushes, but neither waits for the other. Reading a Snapshot never waits
// for the network. One directory belongs to one Repository.
package source
