package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/policies/admission"
)

// What the API server refuses will not come to be, whatever our own policies say.
func TestWhatTheAPIServerRefusesIsHeld(t *testing.T) {
	h := newHistory(t)
	h.change("Bring it", files{"environments/prod/llama/model.yaml": llama("llama", 2)})
	report := h.check(check.Options{Live: talkative{}})
	wantBrief(t, report, "Hold; prod/llama new Admit; 4 not")
	wantText(t, report, "prod/llama: Held\n", "error: ServerDryRun: Deployment llama: ", "  room: room for 3 of 5 replicas now")
}

// sameRules is a cluster with the very policy that the repository has, or one that does not tell.
type sameRules struct {
	talkative
	err error
}

func (s sameRules) Policies(context.Context) (*admission.Set, error) {
	set, problems := admission.Load(fstest.MapFS{"cluster/team.yaml": {Data: []byte(replaced(clusterPolicy, "ACTION", "Warn"))}}, "cluster")
	if s.err != nil {
		return nil, s.err
	}
	return set, problems.Err()
}

func TestAPolicyThatRepositoryAndClusterHaveSpeaksOnce(t *testing.T) {
	change := files{"environments/prod/echo/model.yaml": echo("echo", "2.0")}
	for name, before := range map[string]files{"both": {"policies/cluster/team.yaml": replaced(clusterPolicy, "ACTION", "Warn")}, "the cluster alone": nil} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t, before)
			h.change("Update it", change)
			report := h.check(check.Options{Live: sameRules{}})
			wantBrief(t, report, "Warn; prod/echo release Admit; 3 not")
			if text := written(t, check.WriteText, report); strings.Count(text, "cluster/team-label") != 1 {
				t.Error(text)
			}
		})
	}
}

func TestPoliciesThatAClusterDoesNotTellAreNoted(t *testing.T) {
	h := newHistory(t)
	h.change("Update it", files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
	report := h.check(check.Options{Live: sameRules{err: errors.New("listing them: forbidden")}})
	wantBrief(t, report, "Admit; prod/echo release Admit; 3 not")
	wantText(t, report, "note: the cluster's own admission policies are not known: listing them: forbidden\n")
}
