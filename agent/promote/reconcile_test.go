package promote_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestAPromotionIsPushedAndProposedOnce(t *testing.T) {
	s := newStage(t)
	result := s.want(promote.Proposed, "pushed opened", "#1 opened")
	if s.tip() != result.Commit || result.Branch != branch || result.PullRequest == nil || result.Key == "" {
		t.Errorf("%+v", result)
	}
	main, _ := s.Head("main")
	for what, want := range map[string]string{
		"--format=%P":             main,
		"--format=%an <%ae>":      "Penstock <penstock@prod>",
		"--format= --name-status": "M\tenvironments/prod/llama/release.yaml",
		"--format=%(trailers:valueonly,key=Penstock-Promotes)": "staging/llama",
	} {
		out, err := s.Git(nil, append([]string{"log", "-1", branch}, strings.Fields(what)...)...)
		if strings.Contains(what, "<") {
			out, err = s.Git(nil, "log", "-1", branch, what)
		}
		if err != nil || strings.TrimSpace(out) != want {
			t.Errorf("%s: %q, %v, want %q", what, out, err, want)
		}
	}
	s.write("Something else", map[string]string{"README.md": "Models.\n"})
	s.want(promote.Proposed, "", "")
}

func TestAnOvertakenPromotionIsReplaced(t *testing.T) {
	s := newStage(t)
	first := s.want(promote.Proposed, "pushed opened", "#1 opened")
	s.release("staging", "8192", "4096")
	second := s.want(promote.Proposed, "pushed updated", "#1 updated")
	if first.Key == second.Key || s.tip() != second.Commit || first.Commit == second.Commit {
		t.Errorf("%+v then %+v", first, second)
	}
	s.release("prod", "8192", "2048") // so that the branch would not merge
	third := s.want(promote.Proposed, "pushed updated", "#1 updated")
	if out, _ := s.Git(nil, "log", "-1", "--format=%s", third.Commit+"^"); out != "Change prod" {
		t.Errorf("it is on top of %s", out)
	}
}

func TestAPromotionThatIsNotWantedAnyMoreIsClosedAndItsBranchDeleted(t *testing.T) {
	s := newStage(t)
	s.want(promote.Proposed, "pushed opened", "#1 opened")
	s.release("prod", "", "") // by hand
	s.want(promote.None, "closed deleted", "#1 closed: It is not wanted any more: SameRelease.")
	if s.tip() != "" {
		t.Error("the branch is still there")
	}
	s.release("staging", "8192", "4096")
	s.want(promote.Proposed, "pushed opened", "#2 opened")
}

func TestABranchThatWasMergedIsDeletedHoweverItWasMerged(t *testing.T) {
	for name, merge := range map[string]func(s *stage) string{
		"merged": func(s *stage) string {
			return s.commit(gitserver.Change{Message: "Merge", Merge: []string{s.tip()}, Files: map[string]string{"environments/prod/llama/release.yaml": read(s, "environments/staging/llama/release.yaml")}})
		},
		"fast-forward": func(s *stage) string { s.Reset("main", s.tip()); return s.tip() },
		"squashed":     func(s *stage) string { return s.release("prod", "", "") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.want(promote.Proposed, "pushed opened", "#1 opened")
			s.hub.merge(1, merge(s))
			s.want(promote.None, "deleted", "")
			if s.tip() != "" {
				t.Error("the branch is still there")
			}
		})
	}
}

func TestASquashedBranchWithApprovalsIsDeletedToo(t *testing.T) {
	s := newStage(t)
	s.want(promote.Proposed, "pushed opened", "#1 opened")
	approval := map[string]string{"environments/prod/llama/approvals/grace.yaml": "approved\n"}
	s.commit(gitserver.Change{Branch: branch, Message: "Approve", Files: approval})
	s.want(promote.Proposed, "", "")
	approval["environments/prod/llama/release.yaml"] = read(t, "environments/staging/llama/release.yaml")
	s.hub.merge(1, s.write("Promote (#1)", approval))
	s.want(promote.None, "deleted", "")
}

func TestAMergeThatIsNotSeenYetIsNotProposedAgain(t *testing.T) {
	s := newStage(t)
	s.want(promote.Proposed, "pushed opened", "#1 opened")
	s.hub.merge(1, strings.Repeat("1", 40)) // of which the server does not know yet
	if err := s.DeleteBranch(branch); err != nil {
		t.Fatal(err)
	}
	s.want(promote.Merged, "", "")
}

func TestAPersonsNoIsRespectedUntilSomethingChanges(t *testing.T) {
	s := newStage(t)
	s.want(promote.Proposed, "pushed opened", "#1 opened")
	s.hub.decline(1)
	if result := s.want(promote.Declined, "", ""); !strings.Contains(result.Message, "/pulls/1 was closed by a person") {
		t.Error(result.Message)
	}
	if err := s.DeleteBranch(branch); err != nil { // as people do
		t.Fatal(err)
	}
	s.want(promote.Declined, "", "")
	s.write("Something else", map[string]string{"README.md": "Models.\n"})
	s.want(promote.Declined, "", "")
	s.write("Scale", map[string]string{"environments/prod/llama/placement.yaml": "# scaled\n" + read(t, "environments/prod/llama/placement.yaml")})
	s.want(promote.Proposed, "pushed opened", "#2 opened")
	s.hub.decline(2)
	s.want(promote.Declined, "", "")
	s.release("staging", "8192", "4096")
	s.want(promote.Proposed, "pushed opened", "#3 opened")
}

func TestAPullRequestThatIsReopenedIsKept(t *testing.T) {
	s := newStage(t)
	s.want(promote.Proposed, "pushed opened", "#1 opened")
	s.hub.decline(1)
	s.want(promote.Declined, "", "")
	s.hub.reopen(1)
	s.want(promote.Proposed, "", "")
}

func TestCommitsOfPeopleAreNeverOverwritten(t *testing.T) {
	for name, add := range map[string]func(s *stage){
		"on top": func(s *stage) {
			s.commit(gitserver.Change{Branch: branch, Message: "Approve", Files: map[string]string{"environments/prod/llama/approvals/grace.yaml": "approved\n"}})
		},
		"nothing on top": func(s *stage) { s.commit(gitserver.Change{Branch: branch, Message: "Run the pipeline again"}) },
		"amended": func(s *stage) {
			message, _ := s.Git(nil, "log", "-1", "--format=%B", branch)
			main, _ := s.Head("main")
			s.commit(gitserver.Change{Branch: branch, Onto: main, Message: message, Files: map[string]string{
				"environments/prod/llama/release.yaml": read(s, "environments/staging/llama/release.yaml"), "environments/prod/llama/zebra.md": "Mine.\n"}})
		},
		"merged into it": func(s *stage) {
			main := s.write("Meanwhile", map[string]string{"README.md": "Models.\n"})
			s.commit(gitserver.Change{Branch: branch, Message: "Merge main", Merge: []string{main}, Files: map[string]string{"README.md": "Models.\n"}})
		},
		"undone": func(s *stage) {
			s.commit(gitserver.Change{Branch: branch, Message: "Revert", Files: map[string]string{"environments/prod/llama/release.yaml": read(s, "environments/prod/llama/release.yaml")}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.want(promote.Proposed, "pushed opened", "#1 opened")
			add(s)
			kept := s.tip()
			s.release("staging", "8192", "4096")
			result := s.want(promote.Stopped, "", "")
			if s.tip() != kept || !strings.Contains(result.Message, " is at "+kept[:12]+" (") {
				t.Errorf("the branch is at %s, was at %s: %s", s.tip(), kept, result.Message)
			}
			s.release("prod", "8192", "4096")
			if result := s.reconcile(); s.tip() != kept || result.State != promote.Stopped || s.hub.open() > 0 {
				t.Errorf("when it is not wanted any more: %s, %d open", result.State, s.hub.open())
			}
		})
	}
}

func TestABranchThatIsNotOursIsLeftAlone(t *testing.T) {
	s := newStage(t)
	main, _ := s.Head("main")
	mine := s.commit(gitserver.Change{Branch: branch, Onto: main, Message: "Mine", Files: map[string]string{"environments/prod/llama/release.yaml": read(t, "environments/staging/llama/release.yaml")}})
	s.want(promote.Stopped, "", "")
	other := s.commit(gitserver.Change{Branch: branch, Orphan: true, Message: "Another history", Files: map[string]string{"a": "b"}})
	s.want(promote.Stopped, "", "")
	if s.tip() != other || mine == other {
		t.Error("it was overwritten")
	}
}

func TestWithoutAForgeTheBranchIsPushed(t *testing.T) {
	s := newStage(t)
	for i, did := range [][]promote.Action{{promote.BranchPushed}, nil} {
		result, err := promote.Reconcile(t.Context(), s.store, nil, s.wanted(s.agent))
		if err != nil || result.State != promote.Pushed || !slices.Equal(result.Did, did) {
			t.Errorf("%d: %+v, %v", i, result, err)
		}
	}
	s.release("prod", "", "")
	result, err := promote.Reconcile(t.Context(), s.store, nil, s.wanted(s.agent))
	if err != nil || result.State != promote.None || s.tip() != "" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestTwoAgentsAtOnceMakeOnePromotion(t *testing.T) {
	s := newStage(t)
	second, secondStore := s.newAgent()
	for round := range 8 {
		s.release("staging", "8192", fmt.Sprint(1024*(round+1)))
		wanted := []promote.Wanted{s.wanted(s.agent), s.wanted(second)}
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, store := range []promote.Store{s.store, secondStore} {
			both.Go(func() { _, errs[i] = promote.Reconcile(t.Context(), store, s.hub, wanted[i]) })
		}
		both.Wait()
		s.hub.story()
		s.want(promote.Proposed, "", "") // one of both has done it all
		if n := s.hub.open(); n != 1 || len(s.hub.all) != 1 {
			t.Fatalf("%d pull requests are open, of %d: %v", n, len(s.hub.all), errs)
		}
	}
}
