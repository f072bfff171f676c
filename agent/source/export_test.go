package source

// LikeGit makes a History leave out what git log leaves out.
func LikeGit(h *History, yes bool) { h.likeGit = yes }

// Reveal shows what an object is.
func Reveal(o Object) (kind, raw string) { return o.kind.String(), string(o.data) }

// SetTidiness has the cache be tidied at fewer loose objects and packs.
func SetTidiness(r *Repository, loose, packs int) {
	r.store.tidiness.loose, r.store.tidiness.packs = loose, packs
}
