package agent

import (
	"context"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/penstock-dev/penstock/agent/journal"
)

// openJournal takes up the facts that an earlier agent left in the cluster. An API server that is down is waited for.
func (a *Agent) openJournal(ctx context.Context) error {
	if a.config.NoRecords {
		return nil
	}
	if a.installation == "" { // facts name it
		if err := a.saveState(ctx, State{URL: a.config.Source.URL, Branch: a.config.Source.Branch}); err != nil {
			a.log.Warn("the agent's state was not saved", "error", err)
		}
	}
	err := wait.PollUntilContextCancel(ctx, statePatience, true, func(ctx context.Context) (bool, error) {
		opened, err := journal.Open(ctx, journal.Config{ConfigMaps: a.clients.CoreV1().ConfigMaps(a.config.Namespace), Name: a.config.Name})
		if err != nil {
			a.log.Warn("waiting for the facts that are not in Git yet", "error", err)
			return false, nil
		}
		a.journal = opened
		return true, nil
	})
	if ctx.Err() != nil {
		return nil // it was stopped before it began
	}
	return err
}
