package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/records/writer"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// errNotHeard is why records prove nothing before they were looked at.
var errNotHeard = errors.New("they were not looked at yet")

// openJournal takes up the facts that an earlier agent left in the cluster. An API server that is down is waited for.
func (a *Agent) openJournal(ctx context.Context) error {
	if a.config.NoRecords {
		return nil
	}
	if known, _ := a.installation.Load().(string); known == "" { // facts name it
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
	if err != nil {
		return nil // it was stopped before it began
	}
	heads := map[string]records.Head{}
	for environment, kept := range a.state.Records {
		heads[environment] = kept.Head
	}
	a.scribe = writer.New(writer.Config{
		Journal: a.journal, Repository: a.repository, KeyDir: a.config.RecordsKeyDir, Keys: a.recordKeys, Heads: heads, Log: a.log, Now: time.Now,
		Wrote: func(facts int) { a.metrics.writtenFacts.Add(float64(facts)) },
	})
	return nil
}

// recordKeys are those that may sign the records of an environment; nil when it names none.
func (a *Agent) recordKeys(environment string) []v1alpha1.RecordKey {
	rules := a.current.Load().rulesInForce()
	if rules == nil || !rules.Knows(environment) || rules.Spec(environment).Records == nil {
		return nil
	}
	return rules.Spec(environment).Records.Keys
}

// recordsRequired says whether a decision has to be in Git before it takes effect.
func (a *Agent) recordsRequired(environment string) bool {
	rules := a.current.Load().rulesInForce()
	return rules != nil && rules.Knows(environment) && rules.Spec(environment).Records != nil && rules.Spec(environment).Records.Required
}

// Times of writing records.
const (
	// gathering is how long facts are gathered into one commit. They are safe in the cluster meanwhile.
	gathering = 500 * time.Millisecond
	// writeAgainMin and writeAgainMax bound the wait after records could not be written.
	writeAgainMin = time.Second
	writeAgainMax = 5 * time.Minute
)

// keepRecords writes facts to Git as they come, until the context ends.
func (a *Agent) keepRecords(ctx context.Context) {
	if a.scribe == nil {
		return
	}
	again, next := writeAgainMin, (<-chan time.Time)(nil) // the first poll tells, and an earlier agent may have left some
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.journal.Added():
			next = time.After(gathering)
			continue
		case <-a.recordsNews: // what kept them from being written may be over
			again, next = writeAgainMin, time.After(0)
			continue
		case <-next:
		}
		if err := a.writeRecords(ctx); err == nil {
			again, next = writeAgainMin, nil
			continue
		}
		next = time.After(again)
		again = min(again*2, writeAgainMax)
	}
}

// writeRecords writes what is pending. One environment that cannot be written does not stop another.
func (a *Agent) writeRecords(ctx context.Context) error {
	var all []error
	for environment := range a.journal.Environments() {
		before := a.scribe.Problems()[environment]
		err := a.writeRecordsOf(ctx, environment)
		if err != nil && (before == nil || before.Error() != err.Error()) && ctx.Err() == nil {
			a.log.Error("records are not written", "environment", environment, "problem", err)
		}
		all = append(all, err)
	}
	a.metrics.recorded(a.scribe, a.journal)
	return errors.Join(all...)
}

func (a *Agent) writeRecordsOf(ctx context.Context, environment string) error {
	if !a.follows(records.Branch(environment)) {
		return fmt.Errorf("the branch with the records of %s was not looked at yet", environment)
	}
	return a.scribe.Flush(ctx, environment)
}

// follows says whether a poll has told where a branch is.
func (a *Agent) follows(branch string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.watched, branch)
}

// followRecords sees to it that the branches with records are fetched, and hears what those of other environments prove.
func (a *Agent) followRecords(ctx context.Context, repository *source.Repository) {
	branches := a.recordBranches()
	a.mu.Lock()
	same := slices.Equal(branches, a.watched)
	a.mu.Unlock()
	if !same {
		repository.Watch(branches...)
		if _, err := repository.Poll(ctx); err != nil {
			a.log.Warn("the records could not be fetched; the next poll tries again", "error", err)
			return
		}
		a.mu.Lock()
		a.watched = branches
		a.mu.Unlock()
		a.tellRecordsNews()
	}
	a.hearWitnesses(ctx, repository)
}

// tellRecordsNews has records written that could not be.
func (a *Agent) tellRecordsNews() {
	select {
	case a.recordsNews <- struct{}{}:
	default:
	}
}

// recordBranches are those of the environments that are served, and of those whose records count there, and those of
// promotions and reverts; sorted.
func (a *Agent) recordBranches() []string {
	current := a.current.Load()
	rules := current.rulesInForce()
	var branches []string
	if a.journal != nil {
		for environment := range a.journal.Environments() { // that may have left Git
			branches = append(branches, records.Branch(environment))
		}
	}
	for _, env := range current.environments {
		branches = append(branches, records.Branch(env.Name))
		if rules == nil || !rules.Knows(env.Name) {
			continue
		}
		for _, trusted := range rules.Spec(env.Name).Evidence {
			branches = append(branches, records.Branch(trusted.Environment))
		}
	}
	for _, unit := range a.promotable(current) {
		branches = append(branches, unit.branch())
	}
	for _, unit := range a.revertable(current) { // also of those that are not taken back any more, to clean up
		branches = append(branches, revertBranch(unit.ref))
	}
	slices.Sort(branches)
	return slices.Compact(branches)
}

// recordsState is how far records are written.
func (a *Agent) recordsState() map[string]RecordsState {
	if a.scribe == nil {
		return a.state.Records
	}
	all := map[string]RecordsState{}
	for environment, head := range a.scribe.Heads() {
		all[environment] = RecordsState{Head: head}
	}
	pending := a.journal.Environments()
	for environment, err := range a.scribe.Problems() {
		all[environment] = RecordsState{Head: all[environment].Head, Pending: pending[environment], Problem: err.Error()}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// awaitRecords has a change wait until the decision about it is in Git, where its environment asks for that.
func (a *Agent) awaitRecords(ctx context.Context, environment string) error {
	if a.scribe == nil || !a.recordsRequired(environment) {
		return nil
	}
	if err := a.writeRecordsOf(ctx, environment); err != nil {
		return fmt.Errorf("the decision has to be in Git before it takes effect: %w", err)
	}
	return nil
}
