package source

// LikeGit makes a History leave out what git log leaves out.
func LikeGit(h *History, yes bool) { h.likeGit = yes }

// Reveal shows what an object is.
func Reveal(o Object) (kind, raw string) { return o.kind.String(), string(o.data) }
