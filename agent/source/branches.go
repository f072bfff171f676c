package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// At returns the Snapshot of a commit, given by its full id.
func (c *Clone) At(hash string) (*Snapshot, error) {
	id := plumbing.NewHash(hash)
	if !fullHash.MatchString(hash) {
		return nil, unknown(fmt.Sprintf("%q is not a full commit id", hash), "give all 40 hexadecimal digits, in lower case")
	}
	return c.snapshot(id)
}

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
func (c *Clone) Branches(prefix string) (map[string]string, error) {
	refs, err := c.refs()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(refs))
	for name := range refs {
		names = append(names, name)
	}
	slices.SortFunc(names, byPreference)
	best := map[string]plumbing.Hash{}
	for _, ref := range names {
		name, ok := c.shortName(ref)
		if !ok || !strings.HasPrefix(name, prefix) {
			continue
		}
		id := refs[ref]
		if old, known := best[name]; known && !c.newer(id, old) {
			continue
		}
		best[name] = id
	}
	branches := make(map[string]string, len(best))
	for name, id := range best {
		branches[name] = id.String()
	}
	return branches, nil
}

// byPreference puts local branches first, and those of origin next.
func byPreference(a, b string) int {
	rank := func(ref string) int {
		switch {
		case strings.HasPrefix(ref, "refs/heads/"):
			return 0
		case strings.HasPrefix(ref, "refs/remotes/origin/"):
			return 1
		}
		return 2
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// newer reports whether a commit contains another one, as far as is known.
func (c *Clone) newer(id, old plumbing.Hash) bool {
	if id == old {
		return false
	}
	contains, err := c.objects.contains(context.Background(), id, old)
	return contains && err == nil
}

// shortName returns the name of the branch that a ref is, here or at a remote.
// Remotes that are configured may have a slash in their name; others have not.
func (c *Clone) shortName(ref string) (string, bool) {
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		return name, true
	}
	rest, ok := strings.CutPrefix(ref, "refs/remotes/")
	if !ok {
		return "", false
	}
	longest := ""
	for _, remote := range c.cfg.raw.Section("remote").Subsections {
		if len(remote.Name) > len(longest) && strings.HasPrefix(rest, remote.Name+"/") {
			longest = remote.Name
		}
	}
	if longest != "" {
		return rest[len(longest)+1:], true
	}
	_, name, ok := strings.Cut(rest, "/")
	return name, ok
}

// refs returns the refs that point to an object. Symbolic ones, such as a
// remote's HEAD, stand for others.
func (c *Clone) refs() (map[string]plumbing.Hash, error) {
	c.objects.mu.Lock()
	defer c.objects.mu.Unlock()
	all := map[string]plumbing.Hash{}
	list, err := c.all[0].IterReferences()
	if err == nil {
		err = list.ForEach(func(ref *plumbing.Reference) error {
			name := ref.Name().String()
			if ref.Type() == plumbing.HashReference && !ref.Hash().IsZero() && branchFault(strings.TrimPrefix(name, "refs/")) == "" {
				all[name] = ref.Hash()
			}
			return nil
		})
	}
	if err != nil {
		return nil, &Error{Kind: CloneRefused, Problem: "its branches cannot be listed: " + err.Error(), Mend: "see what git for-each-ref says"}
	}
	return all, nil
}
