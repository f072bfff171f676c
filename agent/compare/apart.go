package compare

import (
	"path"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
)

// mostSteps is how many changes of a release are looked at.
const mostSteps = 50

// releaseFile is what is promoted: see agent/promote.
const releaseFile = "release.yaml"

// apart finds out how far the releases of a model in two environments are apart: first whether one of both had the other's
// file before, and else since when they have not been the same.
func (c *comparison) apart(x, y *environments.Unit) (*Apart, error) {
	if c.past.History == nil || c.past.Commit == "" {
		return nil, nil
	}
	files := []string{path.Join(x.Dir, releaseFile), path.Join(y.Dir, releaseFile)}
	at, err := c.past.At(c.past.Commit)
	if err != nil {
		return nil, err
	}
	ids := [2]string{idOf(at, files[0]), idOf(at, files[1])}
	if ids[0] == "" || ids[1] == "" || ids[0] == ids[1] { // a base makes them differ
		return nil, nil
	}
	for i, unit := range []*environments.Unit{x, y} {
		had := func(tree *source.Snapshot) bool { return idOf(tree, files[i]) == ids[1-i] }
		found, met, err := c.steps(files[i:i+1], had)
		if err != nil {
			return c.untold(err)
		}
		if met {
			found.Ahead = unit.Environment.Name
			return found, nil
		}
	}
	same := func(tree *source.Snapshot) bool {
		return idOf(tree, files[0]) == idOf(tree, files[1])
	}
	found, _, err := c.steps(files, same)
	if err != nil {
		return c.untold(err)
	}
	return found, nil
}

// untold says that a shallow clone does not know, and passes on any other error.
func (c *comparison) untold(err error) (*Apart, error) {
	if kind := source.KindOf(err); kind != source.HistoryMissing && kind != source.HistoryTooLong {
		return nil, err
	}
	if len(c.report.Notes) == 0 {
		c.note("how far releases are apart is not known: %v", err)
	}
	return nil, nil
}

// steps counts the changes of files back to a tree that was as it should be; met is false if there is none.
func (c *comparison) steps(files []string, until func(*source.Snapshot) bool) (found *Apart, met bool, err error) {
	found, here := &Apart{}, c.past.Commit
	for range mostSteps {
		step, ok, err := c.past.History.FirstParentTouching(c.ctx, "", here, files)
		if err != nil || !ok {
			return found, false, err
		}
		found.Steps, found.Since = found.Steps+1, step.Committer.When.UTC().Truncate(time.Second)
		if len(step.Parents) == 0 {
			return found, false, nil
		}
		here = step.Parents[0]
		tree, err := c.past.At(here)
		if err != nil {
			return found, false, err
		}
		if until(tree) {
			return found, true, nil
		}
	}
	found.More = true
	return found, false, nil
}

// idOf is Git's id of a file; empty where it is not there.
func idOf(tree *source.Snapshot, name string) string {
	id, err := tree.ObjectID(name)
	if err != nil {
		return ""
	}
	return id
}
