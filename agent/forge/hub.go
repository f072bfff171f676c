package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	pageSize = 50
	maxPages = 20
)

// A driver speaks to one kind of forge by its client library. It knows nothing of markers, and of errors only how to
// return them: hub explains them by the answer.
type driver interface {
	// list returns a page of pull requests, the newest first, and the number of the next page, or 0.
	list(ctx context.Context, q query) ([]*PullRequest, int, error)
	get(ctx context.Context, number int64) (*PullRequest, error)
	create(ctx context.Context, base, head, title, body string) (*PullRequest, error)
	edit(ctx context.Context, number int64, title, body string) (*PullRequest, error)
	// close closes a pull request and replaces its body in one request, so that neither happens alone.
	close(ctx context.Context, number int64, body string) error
	// comments returns a page of the comments, and the number of the next page, or 0.
	comments(ctx context.Context, number int64, page int) ([]string, int, error)
	comment(ctx context.Context, number int64, text string) error
}

// A query asks for pull requests. A driver may return more than was asked for.
type query struct {
	head, base string
	open       bool // only open ones; else only those that are not
	page       int  // from 1
}

// hub is the Forge on top of a driver.
type hub struct {
	driver  driver
	kind    Kind
	where   string // for people
	timeout time.Duration
	wire    *wire
}

func (h *hub) Find(ctx context.Context, head, base string) (*PullRequest, error) {
	var open []*PullRequest
	err := h.each(ctx, query{head: head, base: base, open: true}, func(pr *PullRequest) bool {
		if pr.State == Open {
			open = append(open, pr)
		}
		return true
	})
	if len(open) == 0 || err != nil {
		return nil, err
	}
	slices.SortFunc(open, func(a, b *PullRequest) int { return cmp.Compare(a.Number, b.Number) })
	first := open[0]
	for _, pr := range open[1:] {
		if pr.Key != "" && pr.Number != first.Number { // a list that moves on may show one twice
			first.Twins = append(first.Twins, pr.Number)
		}
	}
	return first, nil
}

func (h *hub) Settled(ctx context.Context, head, base, key string) (*PullRequest, error) {
	var newest *PullRequest
	err := h.each(ctx, query{head: head, base: base}, func(pr *PullRequest) bool {
		if pr.State != Open && pr.Key == key {
			newest = pr
		}
		return newest == nil
	})
	if newest == nil || err != nil {
		return nil, err
	}
	return h.State(ctx, newest.Number) // a list does not tell of the merge
}

// each calls f with the pull requests of head into base, the newest first, until it returns false.
func (h *hub) each(ctx context.Context, q query, f func(*PullRequest) bool) error {
	doing := fmt.Sprintf("find the pull requests of %s into %s", q.head, q.base)
	if err := checkBranches(q.head, q.base); err != nil {
		return h.explain(doing, nil, err)
	}
	for page, n := 1, 0; page != 0 && n < maxPages; n++ {
		q.page = page
		var prs []*PullRequest
		err := h.call(ctx, doing, func(ctx context.Context) (err error) {
			prs, page, err = h.driver.list(ctx, q)
			return err
		})
		if err != nil {
			return err
		}
		for _, pr := range prs {
			if pr == nil {
				continue
			}
			pr.readMarker()
			if pr.Head == q.head && pr.Base == q.base && !pr.fork && !f(pr) {
				return nil
			}
		}
	}
	return nil
}

func (h *hub) Open(ctx context.Context, w Wanted) (pr *PullRequest, err error) {
	doing := fmt.Sprintf("open a pull request from %s into %s", w.Head, w.Base)
	if err := checkWanted(w); err != nil {
		return nil, h.explain(doing, nil, err)
	}
	err = h.call(ctx, doing, func(ctx context.Context) (err error) {
		pr, err = marked(h.driver.create(ctx, w.Base, w.Head, w.title(), w.body()))
		return err
	})
	return pr, err
}

func (h *hub) Update(ctx context.Context, pr PullRequest, w Wanted) (updated *PullRequest, err error) {
	doing := fmt.Sprintf("change pull request %d", pr.Number)
	if err := checkWanted(w); err != nil {
		return nil, h.explain(doing, nil, err)
	}
	err = h.call(ctx, doing, func(ctx context.Context) error {
		if _, err := h.ours(ctx, pr); err != nil {
			return err
		}
		updated, err = marked(h.driver.edit(ctx, pr.Number, w.title(), w.body()))
		return err
	})
	return updated, err
}

func (h *hub) Close(ctx context.Context, pr PullRequest, comment string) error {
	return h.call(ctx, fmt.Sprintf("close pull request %d", pr.Number), func(ctx context.Context) error {
		now, err := h.ours(ctx, pr)
		if err != nil || now.State != Open {
			return err
		}
		// The comment comes first, so that whoever is told of the closing finds the reason; and only once, if this was
		// interrupted before.
		if err := h.commentOnce(ctx, now, comment); err != nil {
			return err
		}
		err = h.driver.close(ctx, pr.Number, now.withdrawn())
		if err == nil {
			return nil
		}
		// Somebody else may have closed it at the same moment; Gitea fails then.
		if now, reading := h.ours(context.WithValue(ctx, answerKey{}, new(answer)), pr); reading == nil && now.State != Open {
			return nil
		}
		return err
	})
}

func (h *hub) State(ctx context.Context, number int64) (pr *PullRequest, err error) {
	err = h.call(ctx, fmt.Sprintf("read pull request %d", number), func(ctx context.Context) (err error) {
		pr, err = marked(h.driver.get(ctx, number))
		return err
	})
	return pr, err
}

// ours reads a pull request again, and refuses one that is not ours to change.
func (h *hub) ours(ctx context.Context, pr PullRequest) (*PullRequest, error) {
	now, err := marked(h.driver.get(ctx, pr.Number))
	if err != nil {
		return nil, err
	}
	return now, checkOurs(now, pr)
}

// call makes a call to the forge, within the time limit, and explains its error.
func (h *hub) call(ctx context.Context, doing string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	seen := new(answer)
	if err := careful(context.WithValue(ctx, answerKey{}, seen), f); err != nil {
		return h.explain(doing, seen, err)
	}
	return nil
}

// careful turns a panic into an error: the libraries trust what a forge sends, and nonsense must not end the agent.
func careful(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the client library stumbled over it: %v", r)
		}
	}()
	return f(ctx)
}

var errNoPullRequest = errors.New("it holds no pull request")

func marked(pr *PullRequest, err error) (*PullRequest, error) {
	switch {
	case err != nil:
		return nil, err
	case pr == nil || pr.Number <= 0:
		return nil, errNoPullRequest
	}
	pr.readMarker()
	return pr, nil
}
