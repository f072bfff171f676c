package apply

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// maxNote is the API's bound on the note of an event, in bytes.
const maxNote = 1024

// Event is one thing to tell about a unit, in the words of events.k8s.io/v1.
type Event struct {
	// Type is Normal or Warning.
	Type string
	// Reason is one of the reasons of v1alpha1, or Conflict, Pruned or Removed.
	Reason string
	// Action is what the agent was doing: Apply, Assess, Prune or Remove.
	Action string
	// Note is for people, at most 1 KiB.
	Note string
}

// Reasons of events that are no reasons of a condition.
const (
	// EventConflict: a field was taken from another manager.
	EventConflict = "Conflict"
	// EventPruned: objects that left the unit were deleted or kept.
	EventPruned = "Pruned"
	// EventRemoved: the unit left Git and is gone.
	EventRemoved = "Removed"
	// EventDoesNotFit: the model is estimated to be too large for its GPUs, or only just not to be.
	EventDoesNotFit = "DoesNotFit"
)

// eventsOf tells of a new reason of Ready, of conflicts and of what was pruned.
func eventsOf(old v1alpha1.ModelDeploymentStatus, v verdict, status v1alpha1.ModelDeploymentStatus, report Report) []Event {
	var told []Event
	tell := func(kind, reason, action, text string) {
		note := bounded(text, maxNote-256) + origin(status)
		told = append(told, Event{Type: kind, Reason: reason, Action: action, Note: bounded(note, maxNote)})
	}
	if report.Result != nil && len(report.Result.Conflicts) > 0 {
		tell(corev1.EventTypeWarning, EventConflict, "Apply", conflictText(report.Result.Conflicts))
	}
	if text := prunedText(report.Result); text != "" {
		tell(corev1.EventTypeNormal, EventPruned, "Prune", text)
	}
	told = append(told, foreseen(old, status)...)
	if text := fitText(old, report); text != "" {
		tell(corev1.EventTypeWarning, EventDoesNotFit, "Apply", text)
	}
	if kind, reason, text := gateText(old, report); text != "" {
		tell(kind, reason, "Decide", text)
	}
	if isNews(old, v) || report.Gate.Held() && old.AttemptedCommit != report.Gate.Commit {
		action := "Assess"
		switch {
		case v.reason == v1alpha1.ReasonHeld, v.reason == v1alpha1.ReasonRolledBack:
			action = "Decide"
		case report.tried():
			action = "Apply"
		}
		tell(eventType(v.reason), v.reason, action, v.message)
	}
	return told
}

// foreseen tells that the cluster has no room for all replicas, once for each reason and amount.
func foreseen(old, status v1alpha1.ModelDeploymentStatus) []Event {
	was := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionSchedulable)
	is := apimeta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSchedulable)
	if is == nil || is.Status != metav1.ConditionFalse || was != nil && was.Reason == is.Reason && was.Message == is.Message {
		return nil
	}
	return []Event{{Type: corev1.EventTypeWarning, Reason: is.Reason, Action: "Plan", Note: bounded(is.Message, maxNote)}}
}

// fitText is empty unless what is applied now fits worse than what was before.
func fitText(old v1alpha1.ModelDeploymentStatus, report Report) string {
	if !report.applied() || old.Digest == report.Objects.Digest {
		return ""
	}
	return report.Objects.MemoryWarning()
}

// isNews: the reason of Ready changed, or a descriptor is now wrong in another way.
func isNews(old v1alpha1.ModelDeploymentStatus, v verdict) bool {
	ready := apimeta.FindStatusCondition(old.Conditions, v1alpha1.ConditionReady)
	return ready == nil || ready.Reason != v.reason ||
		v.reason == v1alpha1.ReasonInvalid && ready.Message != bounded(v.message, maxMessage)
}

func eventType(reason string) string {
	switch reason {
	case v1alpha1.ReasonHealthy, v1alpha1.ReasonProgressing, v1alpha1.ReasonSuspended:
		return corev1.EventTypeNormal
	}
	return corev1.EventTypeWarning
}

// origin names the release and the commit, and the one that was tried if it is another.
func origin(status v1alpha1.ModelDeploymentStatus) string {
	var parts []string
	if status.Release != "" {
		parts = append(parts, "release "+status.Release)
	}
	if status.Commit != "" {
		parts = append(parts, "commit "+status.Commit)
	}
	if status.AttemptedCommit != "" && status.AttemptedCommit != status.Commit {
		parts = append(parts, "tried commit "+status.AttemptedCommit)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func conflictText(conflicts []Conflict) string {
	lines := make([]string, len(conflicts))
	for i, c := range conflicts {
		lines[i] = fmt.Sprintf("%s: %s was set by %s", c.Object, c.Field, c.Manager)
	}
	return "Git wins: " + strings.Join(lines, "; ")
}

// prunedText is empty when nothing was deleted. What is kept is told together with a change, not again
// and again with every Apply.
func prunedText(result *Result) string {
	if result == nil || !result.Changed() {
		return ""
	}
	return deletedText(result.With(Deleted), result.With(Kept))
}

func deletedText(deleted, kept []Object) string {
	var parts []string
	if len(deleted) > 0 {
		parts = append(parts, "deleted "+names(deleted))
	}
	if len(kept) > 0 {
		parts = append(parts, "kept "+names(kept)+" (annotate with "+AnnotationPrune+": "+allowPrune+" to let it go)")
	}
	return strings.Join(parts, "; ")
}

func names(objects []Object) string {
	all := make([]string, len(objects))
	for i, o := range objects {
		all[i] = o.String()
	}
	return strings.Join(all, ", ")
}

func removedEvents(unit Ref, revision Revision, result *Result) []Event {
	text := unit.ID() + " left Git: " + deletedText(result.With(Deleted), result.With(Kept))
	return []Event{{Type: corev1.EventTypeNormal, Reason: EventRemoved, Action: "Remove",
		Note: bounded(bounded(text, maxNote-256)+" (commit "+revision.Commit+")", maxNote)}}
}

// emit sends events about a unit's ModelDeployment. The resource version is in the reference because the
// recorder takes two events about the same reference, of the same reason, for one.
func (a *Applier) emit(unit Ref, md *v1alpha1.ModelDeployment, told []Event) {
	if a.recorder == nil {
		return
	}
	regarding := &corev1.ObjectReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.ModelDeploymentKind,
		Namespace: unit.Namespace, Name: unit.Name, UID: md.UID, ResourceVersion: md.ResourceVersion,
	}
	for _, e := range told {
		a.recorder.Eventf(regarding, nil, e.Type, e.Reason, e.Action, "%s", e.Note)
	}
}

// NewRecorder makes a recorder that sends events to the API server in the background, until stop is called.
func NewRecorder(base *rest.Config, version string) (recorder events.EventRecorder, stop func(), err error) {
	client, err := kubernetes.NewForConfig(clientConfig(base, version))
	if err != nil {
		return nil, nil, fmt.Errorf("apply: making a client for events: %w", err)
	}
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	ctx, cancel := context.WithCancel(context.Background())
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("apply: starting to record events: %w", err)
	}
	stop = func() { cancel(); broadcaster.Shutdown() }
	return broadcaster.NewRecorder(scheme.Scheme, "penstock.dev/agent"), stop, nil
}
