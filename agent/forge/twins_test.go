package forge

import (
	"context"
	"slices"
	"testing"
)

// crowded is a forge that let several pull requests in at once.
type crowded struct {
	Forge
	open   []*PullRequest
	closed []int64
}

func (c *crowded) Find(context.Context, string, string) (*PullRequest, error) {
	if len(c.open) == 0 {
		return nil, nil
	}
	first := *c.open[0]
	for _, twin := range c.open[1:] {
		first.Twins = append(first.Twins, twin.Number)
	}
	return &first, nil
}

func (c *crowded) Settled(context.Context, string, string, string) (*PullRequest, error) {
	return nil, nil
}

func (c *crowded) Open(_ context.Context, w Wanted) (*PullRequest, error) {
	for _, number := range []int64{7, 8, 9} { // ours is the second
		pr := read(w.body())
		pr.Number, pr.Head, pr.State = number, w.Head, Open
		c.open = append(c.open, pr)
	}
	return c.open[1], nil
}

func (c *crowded) Close(_ context.Context, pr PullRequest, _ string) error {
	c.closed = append(c.closed, pr.Number)
	c.open = slices.DeleteFunc(c.open, func(o *PullRequest) bool { return o.Number == pr.Number })
	return nil
}

func TestOfSeveralThatWereLetInTheFirstStays(t *testing.T) {
	f := &crowded{}
	pr, action, err := Ensure(t.Context(), f, wanted)
	if err != nil || action != Unchanged || pr.Number != 7 || !slices.Equal(f.closed, []int64{8, 9}) {
		t.Errorf("got %d, %s, %v, and closed %v", pr.Number, action, err, f.closed)
	}
}
