package records

import (
	"github.com/penstock-dev/penstock/agent/source"
)

// changesOf are the files in which two trees differ; all of them if before is nil.
func changesOf(after, before *source.Snapshot) ([]source.FileChange, error) {
	return after.Changes(before)
}
