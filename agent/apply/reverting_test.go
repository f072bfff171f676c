package apply_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func TestHowFarGitIsWithAgreeingIsNotedAndToldOnce(t *testing.T) {
	url := "https://git.example.com/models/pulls/7"
	old := v1alpha1.ModelDeploymentStatus{Commit: "c1", Rollback: &v1alpha1.RollbackStatus{Release: "rel-bad", ToRelease: "rel-good", Content: "sha256:bad", Message: "it failed"}}
	for _, step := range []struct {
		told              apply.Reverting
		reason, kind, say string
	}{
		{apply.Reverting{Content: "sha256:bad", PullRequest: url}, apply.EventRevertProposed, "Normal", "merge " + url},
		{apply.Reverting{Content: "sha256:bad", PullRequest: url}, "", "", ""},
		{apply.Reverting{Content: "sha256:another", Advice: "do something"}, "", "", ""},
		{apply.Reverting{Content: "sha256:bad", PullRequest: url, Advice: "reopen it"}, apply.EventRevertNeeded, "Warning", "reopen it"},
		{apply.Reverting{Content: "sha256:bad", PullRequest: url, Advice: "reopen it"}, "", "", ""},
	} {
		status, events := apply.Next(old, 1, apply.Report{Reverting: &step.told}, time.Now())
		switch {
		case step.reason == "" && len(events) == 0:
		case len(events) != 1 || events[0].Reason != step.reason || events[0].Type != step.kind || !strings.Contains(events[0].Note, step.say):
			t.Errorf("%+v tells %+v", step.told, events)
		case status.Rollback.PullRequest != step.told.PullRequest || status.Rollback.Advice != step.told.Advice || status.Rollback.Message != "it failed":
			t.Errorf("%+v gives %+v", step.told, status.Rollback)
		}
		old = status
	}
	gone, events := apply.Next(v1alpha1.ModelDeploymentStatus{}, 1, apply.Report{Reverting: &apply.Reverting{Content: "sha256:bad", PullRequest: url}}, time.Now())
	if gone.Rollback != nil || len(events) > 0 {
		t.Errorf("what is over begins again: %+v, %+v", gone.Rollback, events)
	}
}
