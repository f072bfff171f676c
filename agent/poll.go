package agent

import (
	"context"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/penstock-dev/penstock/agent/source"
)

// pollOnSchedule polls at once and then on schedule, until the context ends. A poll that is still at work
// when the next is due is not overtaken: that next one is left out.
func (a *Agent) pollOnSchedule(ctx context.Context, repository *source.Repository) {
	schedule, err := ParseSchedule(a.config.Schedule)
	if err != nil {
		a.log.Error("the schedule was checked at the start", "error", err) // cannot happen
		return
	}
	runner := cron.New(cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	a.poll(ctx, repository)
	runner.Schedule(withJitter(schedule), cron.FuncJob(func() { a.poll(ctx, repository) }))
	runner.Start()
	<-ctx.Done()
	<-runner.Stop().Done()
}

// poll looks for a new commit and makes it the plan. What goes wrong is logged, counted and kept in the
// agent's state; the plan before it stays in force, and the next poll tries again.
func (a *Agent) poll(ctx context.Context, repository *source.Repository) {
	began := time.Now()
	a.pollBegan.Store(&began)
	defer a.pollBegan.Store(nil)
	defer since(a.metrics.pollTime, began)
	result, err := a.follow(ctx, repository)
	if ctx.Err() != nil {
		return
	}
	a.metrics.polls.WithLabelValues(result).Inc()
	if err != nil {
		a.log.Error("the repository could not be followed", "error", err, "commit", a.current.Load().commit())
	} else {
		a.metrics.lastPoll.SetToCurrentTime()
	}
	if err := a.saveState(ctx, a.stateAfter(err)); err != nil {
		a.log.Warn("the agent's state was not saved; it is tried again at the next poll", "error", err)
	}
}

// Results of a poll, as the metrics name them.
const (
	pollNew       = "new"
	pollUnchanged = "unchanged"
	pollFailed    = "failed"
)

func (a *Agent) follow(ctx context.Context, repository *source.Repository) (result string, err error) {
	snapshot, err := repository.Poll(ctx)
	if err != nil {
		return pollFailed, err
	}
	before := a.current.Load()
	if before == nil { // the history is there now
		a.planner.rulebook.recall(repository, a.state.Rules)
	}
	if before != nil && before.snapshot == snapshot {
		a.followRecords(ctx, repository)
		return pollUnchanged, nil
	}
	next, err := a.planner.plan(ctx, snapshot, before)
	if err != nil {
		return pollFailed, err
	}
	a.current.Store(next)
	a.followRecords(ctx, repository) // before anything is decided on what they prove
	a.tellRecordsNews()              // their keys may be others
	a.considerPromotions()
	a.adopt(before, next)
	a.reconsider(func(string) bool { return true })
	return pollNew, nil
}

// stateAfter is what the agent has to say of the repository after a poll.
func (a *Agent) stateAfter(pollErr error) State {
	state := State{URL: a.config.Source.URL, Branch: a.config.Source.Branch}
	if current := a.current.Load(); current != nil {
		state.Commit = current.commit()
		state.Subject = current.snapshot.Commit().Subject()
	} else if a.state.URL == state.URL && a.state.Branch == state.Branch {
		state.Commit, state.Subject = a.state.Commit, a.state.Subject
	}
	if pollErr != nil {
		state.Problem = pollErr.Error()
	}
	state.Records, state.Evidence = a.recordsState(), a.keptEvidence()
	state.Rules = a.state.Rules
	if a.current.Load() != nil {
		state.Rules = a.planner.rulebook.remember()
		if err := a.planner.rulebook.err; err != nil {
			state.RulesProblem = err.Error()
		}
	}
	return state
}
