package promote

import (
	"fmt"
	"regexp"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/trust"
)

var sequenceForm = regexp.MustCompile(`^(?:[1-9][0-9]{0,8}-)?([1-9][0-9]{0,8})$`)

// RecordsAt names the place on a branch of records up to which evidence was read, as Story.Records has it: by the newest
// commit, and the last fact that this says it brings. It is empty if the commit does not say.
func RecordsAt(branch string, tip source.Commit) string {
	commit, err := trust.ParseCommit(tip.Raw)
	if err != nil {
		return ""
	}
	for _, t := range commit.Trailers {
		if last := sequenceForm.FindStringSubmatch(t.Value); t.Key == "Penstock-Sequence" && last != nil {
			return fmt.Sprintf("%s@%s#%s", branch, tip.Hash, last[1])
		}
	}
	return ""
}
