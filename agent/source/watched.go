package source

import (
	"maps"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// branches are those beside the followed one that something is known of.
type branches struct {
	mu     sync.Mutex
	all    map[string]*branch
	pushes uint64 // that succeeded
}

// branch is what is known of one.
type branch struct {
	watched  bool
	tip      plumbing.Hash // that was fetched or pushed last; zero if the server has none
	pushed   uint64        // which push moved it last
	problem  error
	failures int // in a row
	pause    int // rounds to wait before the next attempt
}

// longestPause is how many polls at most go by between two attempts to fetch a
// branch that cannot be fetched.
const longestPause = 32

// named returns a branch, which is made if nothing is known of it. It is called
// with mu held.
func (b *branches) named(name string) *branch {
	if b.all == nil {
		b.all = map[string]*branch{}
	}
	if b.all[name] == nil {
		b.all[name] = new(branch)
	}
	return b.all[name]
}

// tips returns where the branches are.
func (b *branches) tips() map[string]plumbing.Hash {
	b.mu.Lock()
	defer b.mu.Unlock()
	tips := map[string]plumbing.Hash{}
	for name, known := range b.all {
		if !known.tip.IsZero() {
			tips[name] = known.tip
		}
	}
	return tips
}

// recall takes up the tips that an earlier process left.
func (b *branches) recall(tips map[string]plumbing.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, tip := range tips {
		b.named(name).tip = tip
	}
}

// pushed notes that a push moved a branch; to zero if it deleted it.
func (b *branches) pushed(name string, tip plumbing.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pushes++
	known := b.named(name)
	known.tip, known.pushed, known.problem, known.failures = tip, b.pushes, nil, 0
}

// step is a branch that is to go to a commit.
type step struct {
	branch string
	to     plumbing.Hash
}

// round is one poll's look at the branches. What a push moved after the round
// began is newer than what the server lists in it.
type round struct {
	branches *branches
	pushes   uint64
	together []step // to be fetched with everything else
	alone    []step // that failed before, and must not stop others
}

func (b *branches) begin() *round {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &round{branches: b, pushes: b.pushes}
}

// compare finds what has moved. It has says which commits are here.
func (r *round) compare(refs *packp.AdvRefs, has func(plumbing.Hash) bool) {
	r.branches.mu.Lock()
	defer r.branches.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.branches.all)) {
		known := r.branches.all[name]
		listed := refs.References["refs/heads/"+name]
		switch {
		case known.pushed > r.pushes || branchFault(name) != "":
		case !known.watched && (known.tip != listed || listed.IsZero()):
			delete(r.branches.all, name)
		case listed.IsZero() || known.tip == listed && has(listed):
			known.tip, known.problem, known.failures, known.pause = listed, nil, 0, 0
		case !known.watched:
		case known.failures == 0:
			r.together = append(r.together, step{name, listed})
		case known.pause > 0:
			known.pause--
		default:
			r.alone = append(r.alone, step{name, listed})
		}
	}
}

// suspect has the branches of a fetch that failed be fetched one by one, to
// find out which of them is at fault.
func (r *round) suspect(why func(branch string) error) {
	for _, s := range r.together {
		r.settle(s, why(s.branch))
	}
	r.alone = append(r.alone, r.together...)
	r.together = nil
}

// settle notes how an attempt to fetch a branch has ended.
func (r *round) settle(s step, err error) {
	r.branches.mu.Lock()
	defer r.branches.mu.Unlock()
	known := r.branches.all[s.branch]
	if known == nil || known.pushed > r.pushes {
		return
	}
	if known.problem = err; err == nil {
		known.tip, known.failures, known.pause = s.to, 0, 0
		return
	}
	known.failures++
	known.pause = 0
	if n := known.failures; n > 1 { // The first was in company.
		known.pause = min(1<<min(n-2, 30), longestPause)
	}
}
