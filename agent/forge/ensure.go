package forge

import "context"

// Action is what Ensure did, or why it did nothing.
type Action string

// The actions.
const (
	Opened        Action = "Opened"
	Updated       Action = "Updated"
	Unchanged     Action = "Unchanged"
	Declined      Action = "Declined"      // a person closed it: the answer to this content is no
	AlreadyMerged Action = "AlreadyMerged" // it was merged, and the caller has not seen that yet
)

// Ensure makes sure that the pull request is open and says what is wanted, and returns it. It may be called again at
// any time, and by several at once: see the package comment.
func Ensure(ctx context.Context, f Forge, w Wanted) (PullRequest, Action, error) {
	if err := checkWanted(w); err != nil {
		return PullRequest{}, "", err
	}
	found, err := f.Find(ctx, w.Head, w.Base)
	if err != nil {
		return PullRequest{}, "", err
	}
	if found != nil {
		return refresh(ctx, f, found, w)
	}
	settled, err := f.Settled(ctx, w.Head, w.Base, w.Key)
	if err != nil {
		return PullRequest{}, "", err
	}
	if action := w.answer(settled); action != "" {
		return *settled, action, nil
	}
	return open(ctx, f, w)
}

// answer is what people said to this content before; empty if nothing.
func (w Wanted) answer(settled *PullRequest) Action {
	switch {
	case settled == nil:
		return ""
	case settled.State == Closed && !settled.Withdrawn:
		return Declined
	case settled.State == Merged && w.Contains != nil && settled.MergeCommit != "" && !w.Contains(settled.MergeCommit):
		return AlreadyMerged
	}
	return ""
}

// refresh closes what was opened twice, and writes the text anew if there is something new to write.
func refresh(ctx context.Context, f Forge, pr *PullRequest, w Wanted) (PullRequest, Action, error) {
	for _, number := range pr.Twins {
		twin := PullRequest{Number: number, Head: pr.Head}
		if err := f.Close(ctx, twin, "The same is proposed in "+pr.URL+", which was opened first."); err != nil {
			return PullRequest{}, "", err
		}
	}
	if pr.says(w) {
		return *pr, Unchanged, nil
	}
	updated, err := f.Update(ctx, *pr, w)
	if err != nil {
		return PullRequest{}, "", err
	}
	return *updated, Updated, nil
}

// open opens the pull request, and looks who else did so at the same moment.
func open(ctx context.Context, f Forge, w Wanted) (PullRequest, Action, error) {
	opened, opening := f.Open(ctx, w)
	if opening != nil && FaultOf(opening) != AlreadyExists {
		return PullRequest{}, "", opening
	}
	first, err := f.Find(ctx, w.Head, w.Base)
	switch {
	case err != nil:
		return PullRequest{}, "", err
	case first != nil:
		pr, action, err := refresh(ctx, f, first, w)
		if opened != nil && opened.Number == first.Number && action == Unchanged {
			action = Opened
		}
		return pr, action, err
	case opened != nil: // a forge may be slow to list what it has just made
		return *opened, Opened, nil
	}
	return PullRequest{}, "", opening // it was closed just now, or is not ours
}
