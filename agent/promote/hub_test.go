package promote_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/agent/forge"
)

// hub is a forge in memory, for one repository. It closes a pull request by itself when its branch goes, as forges do, and lets
// no second one in for the same branch.
type hub struct {
	repo *repository

	mu  sync.Mutex
	all []*forge.PullRequest
	did []string
}

var _ forge.Forge = (*hub)(nil)

// refresh does what forges do by themselves. It is called with mu held.
func (h *hub) refresh() {
	for _, pr := range h.all {
		if pr.State != forge.Open {
			continue
		}
		tip, err := h.repo.Head(pr.Head)
		if err != nil {
			pr.State = forge.Closed
			h.did = append(h.did, fmt.Sprintf("#%d closed by the forge", pr.Number))
		}
		pr.Commit = tip
	}
}

func (h *hub) Find(_ context.Context, head, base string) (*forge.PullRequest, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh()
	for _, pr := range h.all {
		if pr.Head == head && pr.Base == base && pr.State == forge.Open {
			found := *pr
			return &found, nil
		}
	}
	return nil, nil
}

func (h *hub) Settled(_ context.Context, head, base, key string) (found *forge.PullRequest, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh()
	for _, pr := range h.all {
		if pr.Head == head && pr.Base == base && pr.Key == key && pr.State != forge.Open {
			settled := *pr
			found = &settled
		}
	}
	return found, nil
}

func (h *hub) Open(_ context.Context, w forge.Wanted) (*forge.PullRequest, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh()
	tip, err := h.repo.Head(w.Head)
	if err != nil {
		return nil, &forge.Error{Fault: forge.BranchMissing, Problem: err.Error()}
	}
	for _, pr := range h.all {
		if pr.Head == w.Head && pr.Base == w.Base && pr.State == forge.Open {
			return nil, &forge.Error{Fault: forge.AlreadyExists, Problem: "it exists"}
		}
	}
	pr := &forge.PullRequest{
		Number: int64(len(h.all) + 1), Base: w.Base, Head: w.Head, Commit: tip, Title: w.Title, Body: w.Body, Key: w.Key, State: forge.Open,
	}
	pr.URL = fmt.Sprintf("https://git.example.com/models/pulls/%d", pr.Number)
	h.all = append(h.all, pr)
	h.did = append(h.did, fmt.Sprintf("#%d opened", pr.Number))
	opened := *pr
	return &opened, nil
}

func (h *hub) Update(_ context.Context, pr forge.PullRequest, w forge.Wanted) (*forge.PullRequest, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.all[pr.Number-1]
	if found.Title == w.Title && found.Body == w.Body && found.Key == w.Key {
		updated := *found // Ensure cannot see that from outside of its package
		return &updated, nil
	}
	found.Title, found.Body, found.Key = w.Title, w.Body, w.Key
	h.did = append(h.did, fmt.Sprintf("#%d updated", pr.Number))
	updated := *found
	return &updated, nil
}

func (h *hub) Close(_ context.Context, pr forge.PullRequest, comment string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := h.all[pr.Number-1]
	if found.State == forge.Open {
		found.State, found.Withdrawn = forge.Closed, true
		h.did = append(h.did, fmt.Sprintf("#%d closed: %s", pr.Number, comment))
	}
	return nil
}

func (h *hub) State(_ context.Context, number int64) (*forge.PullRequest, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := *h.all[number-1]
	return &found, nil
}

// decline is a person who closes a pull request, and reopen one who opens it again.
func (h *hub) decline(number int) { h.all[number-1].State = forge.Closed }
func (h *hub) reopen(number int)  { h.all[number-1].State = forge.Open }

// merge is a person who merges a pull request, by a commit of their own.
func (h *hub) merge(number int, commit string) {
	h.all[number-1].State, h.all[number-1].MergeCommit = forge.Merged, commit
}

// story is what happened, in a line, and empties it.
func (h *hub) story() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh()
	defer func() { h.did = nil }()
	return strings.Join(h.did, ", ")
}

// open is how many pull requests are open.
func (h *hub) open() (count int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refresh()
	for _, pr := range h.all {
		if pr.State == forge.Open {
			count++
		}
	}
	return count
}
