package source

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Resolve returns the commit that a revision names: the full id of a commit or
// its first digits, at least four; HEAD, @ or FETCH_HEAD; a branch, also
// origin/branch; a tag, which is followed to its commit; or a full name such
// as refs/pull/1/merge. After it may come @{upstream}, and any number of ~n,
// ^n, ^{} and ^{commit}, with git's meaning.
//
// Unlike git, it refuses a name that several refs have. Whoever may push a tag
// could otherwise name it origin/main and put their commit in its place.
func (c *Clone) Resolve(rev string) (*Snapshot, error) {
	id, err := c.resolve(rev)
	if err != nil {
		return nil, fmt.Errorf("finding %q: %w", rev, err)
	}
	return c.snapshot(id)
}

var (
	revision  = regexp.MustCompile(`^(.*?)((?i:@\{u(?:pstream)?\}))?((?:\^\{(?:commit)?\}|[~^][0-9]*)*)$`)
	stepBack  = regexp.MustCompile(`\^\{(?:commit)?\}|[~^][0-9]*`)
	hexDigits = regexp.MustCompile(`^[0-9a-f]{4,39}$`)
)

func (c *Clone) resolve(rev string) (plumbing.Hash, error) {
	parts := revision.FindStringSubmatch(rev)
	if rev == "" || parts == nil {
		return plumbing.ZeroHash, unknown("it is not a revision", "give a branch, a tag or a commit")
	}
	name := parts[1]
	if parts[2] != "" {
		var err error
		if name, err = c.upstreamOf(name); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	id, err := c.named(name)
	if err != nil {
		return id, err
	}
	if id, err = c.peel(id); err != nil {
		return id, err
	}
	for _, step := range stepBack.FindAllString(parts[3], -1) {
		if id, err = c.step(id, step); err != nil {
			return id, err
		}
	}
	return id, nil
}

func unknown(problem, mend string) error {
	return &Error{Kind: CommitMissing, Problem: problem, Mend: mend}
}

// step goes back from a commit: ~n along first parents, ^n to a parent.
func (c *Clone) step(id plumbing.Hash, step string) (plumbing.Hash, error) {
	if strings.HasPrefix(step, "^{") {
		return id, nil
	}
	n := 1
	if digits := step[1:]; digits != "" {
		var err error
		if n, err = strconv.Atoi(digits); err != nil || n > maxWalk {
			return id, unknown(step+" is too far", "name the commit itself")
		}
	}
	if step[0] == '^' {
		return c.parent(id, n)
	}
	for range n {
		var err error
		if id, err = c.parent(id, 1); err != nil {
			return id, err
		}
	}
	return id, nil
}

// parent returns the nth parent of a commit that is there; the 0th is itself.
func (c *Clone) parent(id plumbing.Hash, n int) (plumbing.Hash, error) {
	if n == 0 {
		return id, nil
	}
	here, err := c.objects.node(id)
	if err != nil {
		return id, err
	}
	if n > len(here.parents) {
		return id, unknown(fmt.Sprintf("commit %.12s has %d parents", id, len(here.parents)), "name a commit that exists")
	}
	_, err = c.objects.node(here.parents[n-1])
	return here.parents[n-1], err
}

// named returns the object with a name, be it a commit or a tag.
func (c *Clone) named(name string) (plumbing.Hash, error) {
	id := plumbing.NewHash(name)
	switch {
	case fullHash.MatchString(name) && c.objects.has(id):
		return id, nil
	case fullHash.MatchString(name) && c.shallow:
		return id, &Error{Kind: HistoryMissing, Problem: "no such commit is in the clone, which is shallow", Mend: deepen}
	case fullHash.MatchString(name):
		return id, unknown("no such commit is in the clone", "fetch it with git fetch")
	case name == "HEAD" || name == "@":
		return c.head()
	case name == "FETCH_HEAD":
		return c.fetchHead()
	}
	return c.only(name)
}

// places lists the refs that a name may mean.
func places(name string) []string {
	if strings.HasPrefix(name, "refs/") {
		return []string{name}
	}
	return []string{"refs/" + name, "refs/tags/" + name, "refs/heads/" + name, "refs/remotes/" + name, "refs/remotes/" + name + "/HEAD"}
}

// only returns the one ref or commit that a name fits.
func (c *Clone) only(name string) (plumbing.Hash, error) {
	var ids []plumbing.Hash
	var found []string
	for _, ref := range places(name) {
		if id, ok := c.ref(ref); ok {
			ids, found = append(ids, id), append(found, ref)
		}
	}
	short, err := c.abbreviated(name)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	for _, id := range short {
		ids, found = append(ids, id), append(found, "commit "+id.String())
	}
	switch {
	case len(found) > 1:
		return plumbing.ZeroHash, unknown("it could be any of "+strings.Join(found, ", "), "give the full name")
	case len(found) == 1:
		return ids[0], nil
	}
	mend := "fetch it with git fetch, or give another"
	if c.shallow {
		mend = "the clone is shallow, and may have one branch only; " + deepen
	}
	return plumbing.ZeroHash, unknown("there is no such commit, nor any of "+strings.Join(places(name), ", "), mend)
}

// abbreviated returns the commits and tags whose ids begin with the digits.
func (c *Clone) abbreviated(digits string) ([]plumbing.Hash, error) {
	if !hexDigits.MatchString(digits) {
		return nil, nil
	}
	prefix, err := hex.DecodeString(digits[:len(digits)/2*2])
	if err != nil {
		return nil, err
	}
	var fit []plumbing.Hash
	for _, id := range c.prefixed(prefix) {
		if !strings.HasPrefix(id.String(), digits) || slices.Contains(fit, id) {
			continue
		}
		if kind, err := c.objects.kind(id); err == nil && (kind == plumbing.CommitObject || kind == plumbing.TagObject) {
			fit = append(fit, id)
		}
	}
	return fit, nil
}

func (c *Clone) prefixed(prefix []byte) []plumbing.Hash {
	c.objects.mu.Lock()
	defer c.objects.mu.Unlock()
	var all []plumbing.Hash
	for _, s := range c.all {
		ids, _ := s.HashesWithPrefix(prefix) // What cannot be read is not there.
		all = append(all, ids...)
	}
	return all
}

// ref returns what a ref points to, through others if need be.
func (c *Clone) ref(name string) (plumbing.Hash, bool) {
	c.objects.mu.Lock()
	defer c.objects.mu.Unlock()
	for range 5 {
		if name != "HEAD" && branchFault(strings.TrimPrefix(name, "refs/")) != "" {
			return plumbing.ZeroHash, false
		}
		ref, err := c.all[0].Reference(plumbing.ReferenceName(name))
		switch {
		case err != nil:
			return plumbing.ZeroHash, false
		case ref.Type() == plumbing.HashReference:
			return ref.Hash(), !ref.Hash().IsZero()
		}
		name = ref.Target().String()
	}
	return plumbing.ZeroHash, false
}

// head returns what is checked out.
func (c *Clone) head() (plumbing.Hash, error) {
	if id, ok := c.ref("HEAD"); ok {
		return id, nil
	}
	return plumbing.ZeroHash, &Error{Kind: RepositoryEmpty, Problem: "the branch that is checked out has no commit yet", Mend: "make the first commit"}
}

// branch returns the branch that is checked out, or nothing if HEAD is detached.
func (c *Clone) branch() string {
	c.objects.mu.Lock()
	defer c.objects.mu.Unlock()
	ref, err := c.all[0].Reference(plumbing.HEAD)
	if err != nil || ref.Type() != plumbing.SymbolicReference {
		return ""
	}
	name, ok := strings.CutPrefix(ref.Target().String(), "refs/heads/")
	if !ok {
		return ""
	}
	return name
}

// fetchHead returns what git fetch brought last.
func (c *Clone) fetchHead() (plumbing.Hash, error) {
	line, err := pointer(filepath.Join(c.at.git, "FETCH_HEAD"))
	if err != nil || len(line) < 40 || !fullHash.MatchString(line[:40]) {
		return plumbing.ZeroHash, unknown("nothing was fetched", "run git fetch first")
	}
	return plumbing.NewHash(line[:40]), nil
}

// upstreamOf returns the ref that a branch follows.
func (c *Clone) upstreamOf(branch string) (string, error) {
	if branch == "" || branch == "@" || branch == "HEAD" {
		branch = c.branch()
	}
	if ref := c.cfg.upstream(branch); ref != "" {
		return ref, nil
	}
	return "", unknown(fmt.Sprintf("branch %q follows no other", branch), "set one with git branch --set-upstream-to")
}

// kind returns what sort of object has the id.
func (o *objects) kind(id plumbing.Hash) (plumbing.ObjectType, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.find(id)
	if err != nil {
		return plumbing.InvalidObject, err
	}
	return obj.Type(), nil
}

// peel follows tags to a commit.
func (c *Clone) peel(id plumbing.Hash) (plumbing.Hash, error) {
	for range 10 {
		kind, err := c.objects.kind(id)
		switch {
		case err != nil:
			return id, c.lost("reading "+id.String(), err)
		case kind == plumbing.CommitObject:
			return id, nil
		case kind != plumbing.TagObject:
			return id, unknown(fmt.Sprintf("it is a %s", kind), "name a commit")
		}
		raw, err := c.objects.read(id, plumbing.TagObject, maxCommit)
		if err != nil {
			return id, err
		}
		rest, ok := bytes.CutPrefix(raw, []byte("object "))
		if !ok || len(rest) < 40 || !fullHash.Match(rest[:40]) {
			return id, malformed(plumbing.TagObject, id, errors.New("it names no object"))
		}
		id = plumbing.NewHash(string(rest[:40]))
	}
	return id, unknown("it is a tag of a tag of a tag", "name a commit")
}
