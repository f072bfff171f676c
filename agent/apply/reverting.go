package apply

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Reverting is how far Git is on its way to agree with a rollback.
type Reverting struct {
	// Content tells which rollback: that of v1alpha1.RollbackStatus. Of any other, nothing is written.
	Content string
	// PullRequest is the URL of the one that reverts what failed; empty without.
	PullRequest string
	// Advice says what a person has to do, where merging the pull request is not it; empty otherwise.
	Advice string
}

// Reasons of events about a rollback.
const (
	// EventRevertProposed: a pull request is open that has Git agree with what runs.
	EventRevertProposed = "RevertProposed"
	// EventRevertNeeded: a person has to see to it that Git agrees with what runs.
	EventRevertNeeded = "RevertNeeded"
)

// recordReverting notes how far it is, and tells what is new.
func recordReverting(status *v1alpha1.ModelDeploymentStatus, r Reverting) []Event {
	back := status.Rollback
	if back == nil || back.Content != r.Content || back.PullRequest == r.PullRequest && back.Advice == r.Advice {
		return nil
	}
	back.PullRequest, back.Advice = r.PullRequest, r.Advice
	told := Event{Type: corev1.EventTypeNormal, Reason: EventRevertProposed, Action: "Revert",
		Note: fmt.Sprintf("merge %s to have Git ask for %s, which runs, and not for %s, which failed", r.PullRequest, back.ToRelease, back.Release)}
	if r.Advice != "" {
		told = Event{Type: corev1.EventTypeWarning, Reason: EventRevertNeeded, Action: "Revert",
			Note: fmt.Sprintf("Git still asks for %s, which failed, and %s runs: %s", back.Release, back.ToRelease, r.Advice)}
	}
	told.Note = bounded(told.Note, maxNote)
	return []Event{told}
}
