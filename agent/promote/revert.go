package promote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
)

// The rules by which a revert is refused. The names are stable.
const (
	// CameFromElsewhere: no file of the unit's own brings the release that failed.
	CameFromElsewhere = "CameFromElsewhere"
	// FormerUnknown: what the release was before cannot be rendered any more.
	FormerUnknown = "FormerUnknown"
)

// Revert is a change by which Git asks again for the release that the agent has gone back to by itself. It is immutable.
//
// Files of the unit's own directory become what they were when that release ran, and as few as will do: release.yaml alone,
// where that is enough, so that the placement stays as it is now; and else all that the unit is built from, placement and all.
// What the unit is not built from, such as approvals, stays.
type Revert struct {
	// Environment and Model are the unit, and Dir is its directory.
	Environment, Model, Dir string
	// Back is what the agent went back from and to.
	Back v1alpha1.RollbackStatus
	// Whole says that more than release.yaml had to be restored.
	Whole bool
	// After is the model as it would be.
	After *render.Objects
	// Tree is the repository as it would be.
	Tree source.Tree
	// Commits brought the release that failed, as far as they touched these files; newest first.
	Commits []source.Commit

	files map[string][]byte
}

// Fallen is a unit whose release failed and was taken back.
type Fallen struct {
	// Unit is as Git has it, and Now what Git asks for, which failed.
	Unit *environments.Unit
	Now  *render.Objects
	// Back is what the agent went back from and to.
	Back v1alpha1.RollbackStatus
}

// NewRevert finds out how Git may ask again for what runs. Target is the newest commit of the branch that it is to be merged
// into. What cannot be reverted by files of the unit alone is a *Refusal.
func NewRevert(ctx context.Context, renderer *render.Renderer, target *source.Snapshot, history *source.History, at func(commit string) (*source.Snapshot, error), f Fallen) (*Revert, error) {
	r := &Revert{Environment: f.Unit.Environment.Name, Model: f.Unit.Name, Dir: f.Unit.Dir, Back: f.Back}
	former, then, err := r.former(renderer, at, f.Unit)
	if err != nil {
		return nil, err
	}
	differing := differingFiles(f.Now, then)
	for _, names := range [][]string{r.releaseFile(differing), r.own(differing)} {
		if len(names) == 0 {
			continue
		}
		if suffices, err := r.try(renderer, target, former, f.Unit, then, names); err != nil {
			return nil, err
		} else if suffices {
			r.Commits, err = touching(ctx, history, f.Back.ToCommit, target, names)
			return r, err
		}
	}
	return nil, r.refuse(ctx, history, target, differing)
}

// former is what the unit was when the release ran that it was taken back to.
func (r *Revert) former(renderer *render.Renderer, at func(commit string) (*source.Snapshot, error), unit *environments.Unit) (*source.Snapshot, *render.Objects, error) {
	unknown := refuse(problem.Problem{File: unit.Dir, Rule: FormerUnknown,
		Message: fmt.Sprintf("%s of %s cannot be rendered from commit %.12s any more", r.Back.ToRelease, r.Unit(), r.Back.ToCommit),
		Mend:    "change what Git asks for by hand"})
	former, err := at(r.Back.ToCommit)
	switch {
	case source.KindOf(err) == source.CommitMissing:
		return nil, nil, unknown
	case err != nil:
		return nil, nil, err
	}
	then, err := renderer.Render(former, bare(unit))
	if err != nil || digestOf(then) != r.Back.ToDigest {
		return nil, nil, unknown
	}
	return former, then, nil
}

// bare is a unit without what is known of it at one commit.
func bare(unit *environments.Unit) *environments.Unit {
	return &environments.Unit{Environment: unit.Environment, Name: unit.Name, Dir: unit.Dir}
}

// differingFiles are those that two builds did not read alike, sorted.
func differingFiles(a, b *render.Objects) []string {
	sums := map[string]string{}
	for _, f := range a.Files {
		sums[f.Name] = f.SHA256
	}
	for _, f := range b.Files {
		if sums[f.Name] == f.SHA256 {
			delete(sums, f.Name)
		} else {
			sums[f.Name] = ""
		}
	}
	return slices.Sorted(maps.Keys(sums))
}

// releaseFile is release.yaml of the unit, if it is among the files.
func (r *Revert) releaseFile(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(name string) bool { return name != path.Join(r.Dir, ReleaseFile) })
}

// own are the files in the directory of the unit.
func (r *Revert) own(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(name string) bool { return !strings.HasPrefix(name, r.Dir+"/") })
}

// try restores some files, and says whether the unit has the former release then.
func (r *Revert) try(renderer *render.Renderer, target, former *source.Snapshot, unit *environments.Unit, then *render.Objects, names []string) (bool, error) {
	built := map[string]bool{}
	for _, f := range then.Files {
		built[f.Name] = true
	}
	r.files = map[string][]byte{}
	for _, name := range names {
		r.files[name] = nil
		if !built[name] { // it may have been there, and was not what the unit was built from
			continue
		}
		data, err := fs.ReadFile(former, name)
		if err != nil {
			return false, err
		}
		r.files[name] = append([]byte{}, data...)
	}
	r.Whole = len(names) != 1 || names[0] != path.Join(r.Dir, ReleaseFile)
	r.Tree = Overlay(target, r.files)
	after, err := renderer.Render(r.Tree, bare(unit))
	if err != nil {
		return false, nil //nolint:nilerr // the files do not go together with the rest as it is now
	}
	r.After = after
	return digestOf(after) == r.Back.ToDigest, nil
}

// touching are the commits that changed files since a commit, newest first.
func touching(ctx context.Context, history *source.History, since string, target *source.Snapshot, names []string) ([]source.Commit, error) {
	commits, err := history.Touching(ctx, since, target.Commit().Hash, names)
	if source.KindOf(err) == source.HistoryMissing {
		err = nil
	}
	return commits, err
}

// refuse says which files the release came through, and what a person should do.
func (r *Revert) refuse(ctx context.Context, history *source.History, target *source.Snapshot, differing []string) error {
	others := slices.DeleteFunc(slices.Clone(differing), func(name string) bool { return strings.HasPrefix(name, r.Dir+"/") })
	at := problem.Problem{File: r.Dir, Rule: CameFromElsewhere,
		Message: fmt.Sprintf("the files in %s as they were would not be %s again, and no pull request is opened", r.Dir, r.Back.ToRelease),
		Mend:    "revert what brought " + r.Back.Release + ", or mend it"}
	if len(others) == 0 {
		return refuse(at)
	}
	at.File = others[0]
	at.Message = fmt.Sprintf("%s came to %s through %s, which other models may be built from too, and so no pull request is opened", r.Back.Release, r.Unit(), some(others))
	commits, err := touching(ctx, history, r.Back.ToCommit, target, others)
	if err != nil {
		return err
	}
	if len(commits) > 0 {
		at.Mend = fmt.Sprintf("revert commit %.12s (%s), or mend it, or say in %s what the release is there", commits[0].Hash, oneLine(commits[0].Subject(), 80), r.Dir)
	}
	return refuse(at)
}

// some are a few names.
func some(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Unit is what is reverted, as in prod/llama-3-8b.
func (r *Revert) Unit() string { return r.Environment + "/" + r.Model }

// ReleaseID is the short id of the release that Git is to ask for again, and Digest all of it.
func (r *Revert) ReleaseID() string { return r.Back.ToRelease }

// Digest is the release's, in hex.
func (r *Revert) Digest() string { return r.Back.ToDigest }

// Replaces is the short id of the release that failed.
func (r *Revert) Replaces() string { return r.Back.Release }

// Files are what is restored; a file whose content is nil is removed.
func (r *Revert) Files() map[string][]byte { return r.files }

// Key names what is proposed: which failure is reverted, and what it would be merged into. When the same release fails once
// more, it is another proposal.
func (r *Revert) Key() string {
	sum := sha256.Sum256([]byte(r.Back.Content + "\x00" + r.Back.Since.UTC().String()))
	return fmt.Sprintf("%s back to rel-%.32s onto %s", single(r.Unit()), r.Back.ToDigest, hex.EncodeToString(sum[:6]))
}

// Uncommitted are the names of the files that it changes, sorted, as agent/check wants them.
func (r *Revert) Uncommitted() []string { return slices.Sorted(maps.Keys(r.files)) }
