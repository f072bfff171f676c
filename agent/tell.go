package agent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// account is what the records were told of a unit, as far as the status has it or will have it with the next write. An
// agent that is killed in between tells the same again, by the same ids, and is not heard twice.
type account struct {
	v1alpha1.RecordedStatus
	recalled bool
}

// status is what to write down; nil when nothing was ever told.
func (r *account) status() *v1alpha1.RecordedStatus {
	if r.Fact == "" {
		return nil
	}
	told := r.RecordedStatus
	return &told
}

// recall takes up what an earlier agent told.
func (a *Agent) recall(ctx context.Context, ref apply.Ref, done *progress) error {
	if done.account.recalled {
		return nil
	}
	status, err := a.applier.ReadStatus(ctx, ref)
	if err != nil {
		return fmt.Errorf("reading what the records were told of %s: %w", ref.ID(), err)
	}
	if status.Recorded != nil {
		done.account.RecordedStatus = *status.Recorded
	}
	done.account.recalled = true
	return nil
}

// tell appends a fact to the journal, unless its topic was told just that. It is durable when tell returns nil.
func (a *Agent) tell(ctx context.Context, ref apply.Ref, done *progress, topic *string, fact records.Fact, about ...string) error {
	if a.journal == nil {
		return nil
	}
	word := wordOf(fact.Kind, about...)
	if *topic == word {
		return nil
	}
	if err := a.tellAnyway(ctx, ref, done, fact, word); err != nil {
		return err
	}
	*topic = word
	return nil
}

// tellAnyway appends a fact that may follow another one just like it.
func (a *Agent) tellAnyway(ctx context.Context, ref apply.Ref, done *progress, fact records.Fact, about ...string) error {
	if a.journal == nil {
		return nil
	}
	fact.ID = records.NewID(append([]string{ref.ID(), done.account.Fact, string(fact.Kind)}, about...)...)
	fact.Environment, fact.Model = ref.Environment, ref.Name
	fact.Time = time.Now().UTC().Truncate(time.Millisecond)
	fact.Data.Agent = a.teller()
	if fact.Data.Source != nil {
		fact.Data.Source.Branch = cmp.Or(fact.Data.Source.Branch, a.config.Source.Branch)
	}
	if err := a.journal.Append(ctx, fact); err != nil {
		return fmt.Errorf("recording what happened to %s: %w", ref.ID(), err)
	}
	done.account.Fact = fact.ID
	return nil
}

// wordOf tells what was said from what else there may be to say.
func wordOf(kind records.Kind, about ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{string(kind)}, about...), "\x00")))
	return hex.EncodeToString(sum[:8])
}

// teller is who tells facts.
func (a *Agent) teller() records.Agent {
	installation, _ := a.installation.Load().(string)
	return records.Agent{Version: a.config.Version, Identity: a.config.Identity, Installation: installation}
}

// tellDecision records what policy said, before anything of it is applied.
func (a *Agent) tellDecision(ctx context.Context, unit *planned, done *progress, d *decided) error {
	if a.journal == nil {
		return nil
	}
	fact := d.fact(unit)
	word := wordOf(fact.Kind, append([]string{d.outcome.Input.Unit.Content, d.outcome.Rules}, holding(d.outcome)...)...)
	if done.account.Decision == word {
		return a.awaitDecision(ctx, unit, fact.Kind)
	}
	// The commit makes the return of a model that was pruned another fact than its first coming.
	if err := a.tellAnyway(ctx, unit.ref, done, fact, word, d.outcome.Input.Change.Commit); err != nil {
		return err
	}
	done.account.Decision = word
	return a.awaitDecision(ctx, unit, fact.Kind)
}

// awaitDecision has what is let in wait until that is in Git, where its environment asks for it.
func (a *Agent) awaitDecision(ctx context.Context, unit *planned, kind records.Kind) error {
	if kind == records.Held {
		return nil
	}
	return a.awaitRecords(ctx, unit.ref.Environment)
}

// tellApplied records that what was let in is in the cluster; or, where it was there already, what was put right.
func (a *Agent) tellApplied(ctx context.Context, unit *planned, done *progress, applied *apply.Result) error {
	fact := records.Fact{Kind: records.Applied, Data: factsOf(unit)}
	fact.Data.Objects = objectsOf(applied)
	fact.Data.Parked = parked(unit)
	fact.Data.Message = fmt.Sprintf("applied %s of %s", unit.objects.ReleaseID, unit.ref.ID())
	about := []string{unit.objects.Digest, unit.objects.Content}
	if applied.Changed() && done.account.Outcome == wordOf(records.Applied, about...) {
		fact.Kind, fact.Data.Message = records.Corrected, fmt.Sprintf("put %s right: %d objects differed", unit.ref.ID(), changedObjects(applied))
		return a.tellAnyway(ctx, unit.ref, done, fact, unit.objects.Digest)
	}
	return a.tell(ctx, unit.ref, done, &done.account.Outcome, fact, about...)
}

// tellFailed records that something could not be applied: once, however often it is tried.
func (a *Agent) tellFailed(ctx context.Context, unit *planned, done *progress, failure error) error {
	fact := records.Fact{Kind: records.Failed, Data: factsOf(unit)}
	fact.Data.Problems = []string{failure.Error()}
	fact.Data.Message = fmt.Sprintf("could not apply %s of %s", unit.objects.ReleaseID, unit.ref.ID())
	now, before := time.Now(), done.account.Outcome
	if done.failureTold.wait(now) > 0 { // an error that words itself anew each time
		return nil
	}
	err := a.tell(ctx, unit.ref, done, &done.account.Outcome, fact, unit.objects.Digest, failure.Error())
	if err == nil && done.account.Outcome != before {
		done.failureTold.beat(now)
	}
	return err
}

// tellOutcome records what came of an apply, and how the unit is since.
func (a *Agent) tellOutcome(ctx context.Context, unit *planned, done *progress, report apply.Report) error {
	if report.Err != nil {
		return a.tellFailed(ctx, unit, done, report.Err)
	}
	if err := a.tellApplied(ctx, unit, done, report.Result); err != nil {
		return err
	}
	return a.tellHealth(ctx, unit, done, report.Health)
}

// tellRefused records that what Git asks for is wrong.
func (a *Agent) tellRefused(ctx context.Context, unit *planned, done *progress, found problem.List) error {
	var problems []string
	for _, p := range found {
		problems = append(problems, p.Error())
	}
	fact := records.Fact{Kind: records.Refused, Data: records.Data{
		Source: &records.Source{Commit: unit.commit}, Problems: problems,
		Message: fmt.Sprintf("refused %s: %s", unit.ref.ID(), problems[0]),
	}}
	done.account.Health = "" // nobody looks at it meanwhile
	return a.tell(ctx, unit.ref, done, &done.account.Decision, fact, problems...)
}

// tellSuspended records that nobody looks after a unit.
func (a *Agent) tellSuspended(ctx context.Context, unit *planned, done *progress) error {
	fact := records.Fact{Kind: records.Suspended, Data: records.Data{
		Source: &records.Source{Commit: unit.commit}, Message: fmt.Sprintf("%s is left alone: its environment is suspended", unit.ref.ID()),
	}}
	return a.tell(ctx, unit.ref, done, &done.account.Health, fact)
}

// tellHealth records that what runs became healthy, or failed. What is on its way is not told.
func (a *Agent) tellHealth(ctx context.Context, unit *planned, done *progress, health *apply.Health) error {
	if health == nil || parked(unit) {
		return nil
	}
	fact := records.Fact{Kind: records.Degraded, Data: factsOf(unit)}
	switch health.Status {
	case apply.Healthy:
		fact.Kind = records.Healthy
	case apply.Degraded, apply.Unschedulable, apply.Missing:
	default:
		return nil
	}
	fact.Data.Inputs = nil
	fact.Data.Health = &records.Health{Status: string(health.Status), Message: health.Message}
	fact.Data.Message = fmt.Sprintf("%s of %s is %s", unit.objects.ReleaseID, unit.ref.ID(), strings.ToLower(string(health.Status)))
	now, before := time.Now(), done.account.Health
	if wait := done.tooOften(unit, now); wait > 0 {
		a.queue.AddAfter(unit.ref.ID(), wait)
		return nil
	}
	if err := a.tell(ctx, unit.ref, done, &done.account.Health, fact, digestOf(unit), string(health.Status)); err != nil {
		return err
	}
	if done.account.Health != before {
		done.healthTold.beat(now)
	}
	return nil
}

// tellPruned records that a unit that left Git is gone, just before its last trace in the cluster goes.
func (a *Agent) tellPruned(ctx context.Context, ref apply.Ref, done *progress, current *plan, pruned *apply.Result) error {
	return a.tellAnyway(ctx, ref, done, records.Fact{Kind: records.Pruned, Data: records.Data{
		Source: &records.Source{Commit: current.commit()}, Objects: objectsOf(pruned),
		Message: fmt.Sprintf("%s left Git and was deleted", ref.ID()),
	}}, current.commit())
}

func parked(unit *planned) bool {
	spec := unit.objects.Descriptor.Spec
	return spec != nil && environments.MostReplicas(spec.Scaling) == 0
}
