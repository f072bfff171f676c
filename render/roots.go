package render

import (
	"io/fs"

	"github.com/penstock-dev/penstock/environments"
)

// Roots are the directories that rendering the unit reads, sorted, without a build: what a change outside of them
// cannot affect. They are Objects.Roots of a unit that renders. Of a unit that is refused they are those that are
// known, those that do not exist included, and the error is a problem.List with what the references to them broke.
// A unit can have no such problem and be refused all the same when it is built.
func (r *Renderer) Roots(fsys fs.FS, unit *environments.Unit) ([]string, error) {
	c, problems := examine(fsys, unit)
	return c.directories(unit.Dir), problems.Sorted().Err()
}
