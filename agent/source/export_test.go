package source

// LikeGit makes a History leave out what git log leaves out.
func LikeGit(h *History, yes bool) { h.likeGit = yes }
