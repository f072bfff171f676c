package promote

import (
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
)

// TrailerReverts is the unit whose release is taken back in Git, as in prod/llama-3-8b. Beside it, TrailerRelease is the
// release that Git asks for again, and TrailerSource the commit whose files are restored.
const TrailerReverts = "Penstock-Reverts"

// trailers are what machines read of the commit.
func (r *Revert) trailers() string {
	return strings.Join([]string{
		TrailerReverts + ": " + r.Unit(),
		TrailerRelease + ": " + r.Back.ToRelease + " " + r.Back.ToDigest,
		TrailerSource + ": " + r.Back.ToCommit,
	}, "\n") + "\n"
}

// Reversal is what the trailers of a commit say of a revert. Anybody may write any: it tells what a commit is meant to be, and
// proves nothing.
type Reversal struct {
	// Environment and Model are the unit.
	Environment, Model string
	// ReleaseID and Digest are the release that Git asks for again, and Source is the commit whose files are restored.
	ReleaseID, Digest, Source string
}

// ReadReversal reads the trailers of a commit; false if they do not say just once what is reverted.
func ReadReversal(commit source.Commit) (Reversal, bool) {
	one, ok := trailersOf(commit)
	if !ok {
		return Reversal{}, false
	}
	unit, release := promotesForm.FindStringSubmatch(one(TrailerReverts)), releaseForm.FindStringSubmatch(one(TrailerRelease))
	if unit == nil || release == nil || !commitForm.MatchString(one(TrailerSource)) {
		return Reversal{}, false
	}
	return Reversal{Environment: unit[1], Model: unit[2], ReleaseID: release[1], Digest: release[2], Source: one(TrailerSource)}, true
}
