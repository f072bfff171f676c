package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/agent/source"
)

// findCommits looks whether the branch that is followed has each commit that facts name.
func (c *gitCheck) findCommits(ctx context.Context) error {
	missing := maps.Clone(c.commits)
	complete, err := c.auditor.walk(ctx, func(commit string) bool {
		delete(missing, commit)
		return len(missing) > 0
	})
	if err != nil {
		return err
	}
	c.result.Commits = len(c.commits) - len(missing)
	if len(missing) > 0 && !complete {
		c.result.Unknown = append(c.result.Unknown, fmt.Sprintf("whether %s that facts name are in the history cannot be told: the clone is shallow; run git fetch --unshallow",
			counted(len(missing), "commit", "commits")))
		return nil
	}
	names := slices.SortedFunc(maps.Keys(missing), func(a, b string) int {
		return cmp.Or(cmp.Compare(missing[a].sequence, missing[b].sequence), cmp.Compare(a, b))
	})
	for _, name := range names {
		about := missing[name]
		c.disagreeAbout(about, unknownCommit, "%s %.12s is %s", about.as, name, c.auditor.whereIs(name))
	}
	slices.SortStableFunc(c.result.Disagreements, func(a, b Disagreement) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return nil
}

// whereIs says of a commit that is not in the history that is followed what is known of it.
func (a *Auditor) whereIs(commit string) string {
	if _, err := a.clone.At(commit); err == nil {
		return "in the clone, and not in the history of " + a.revisionName()
	}
	return "not in the clone"
}

// walk goes through the history of the branch that is followed, each commit once and in no order, until visit says no. It is
// not complete where a shallow clone ends.
func (a *Auditor) walk(ctx context.Context, visit func(commit string) bool) (complete bool, err error) {
	complete = true
	stack, seen := []string{a.followed.Commit().Hash}, map[string]bool{}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := ctx.Err(); err != nil {
			return false, err
		}
		snapshot, err := a.clone.At(id)
		if source.KindOf(err) == source.HistoryMissing {
			complete = false
			continue
		}
		if err != nil {
			return false, fmt.Errorf("reading the history of %s: %w", a.revisionName(), err)
		}
		if !visit(id) {
			return true, nil
		}
		stack = append(stack, snapshot.Commit().Parents...)
	}
	return complete, nil
}

// isAbsent says whether a commit could not be read since it is not there, which findCommits tells.
func isAbsent(err error) bool {
	var failed *source.Error
	return errors.As(err, &failed)
}
