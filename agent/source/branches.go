package source

// At returns the Snapshot of a commit, given by its full id: see
// Repository.At.
func (c *Clone) At(hash string) (*Snapshot, error) { return c.Resolve(hash) }

// Branches returns the commits of the branches whose names begin with prefix,
// by the short name of the branch: penstock/records/prod for
// refs/heads/penstock/records/prod and refs/remotes/origin/penstock/records/prod
// alike.
//
// A local branch wins, unless a remote's contains it and is so the same branch,
// only newer. Among remotes origin wins, then the first by name, again unless
// another contains it. Branches that parted are not told apart here: Resolve
// has each by its full name. Whether a shallow clone's contain each other is
// decided by what it has.
func (c *Clone) Branches(prefix string) map[string]string { return nil }
