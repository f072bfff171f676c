package source

// Watch names the branches that Poll fetches beside the followed one, in the
// place of those that it named before. Poll asks for all of them at once: while
// none has moved, it is still one listing, and when some have, one fetch.
//
// Nothing is checked of them but that their commits can be read: they may be
// rewritten, and vanish. Whoever reads them judges. What was fetched stays in
// the cache, so that At shows any commit of any tip that was ever seen.
//
// It does not wait for a Poll, and counts from the next one on. A name that is
// no branch has a Problem.
func (r *Repository) Watch(branches ...string) {}

// Tip returns the commit that a watched branch, the followed one, or one that
// was pushed to was last seen at; empty if the server has no such branch. It is
// in the cache, and known again after a restart. A branch that is not watched
// is forgotten when the server no longer has what was pushed.
func (r *Repository) Tip(branch string) string { return "" }

// Problem returns why a watched branch could not be brought up to date at the
// last attempt, as an *Error, or nil. Its Tip is then older than the server's.
// Such a branch is tried again by itself, less and less often, so that it does
// not stop the others.
func (r *Repository) Problem(branch string) error { return nil }
