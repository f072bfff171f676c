package audit

import (
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
)

// Config is what an auditor has, and wants to have looked at.
type Config struct {
	// Clone is the repository. It needs the branches with records, and the history of the branch that is followed.
	Clone *source.Clone
	// Layout is where things are in the repository.
	Layout gate.Layout
	// Revision is the branch that the agents follow, or a commit of it; "HEAD" unless told. Its environment files say which
	// keys may sign records.
	Revision string
	// Keys are those of the auditor, in the place of what environment files list; nil for these.
	Keys *KeyFile
	// Expect are facts that were noted before, and must still be there.
	Expect []Pin
	// Version of Penstock that looks.
	Version string
	// Now is the auditor's clock.
	Now time.Time
}
