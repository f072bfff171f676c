package promote_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const branch = "penstock/promote/prod/llama"

// stage is a repository on a real server with a forge, and an agent that promotes llama to prod.
type stage struct {
	*repository
	hub   *hub
	front *gitserver.Front
	store promote.Store
	agent *source.Repository
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{repository: &repository{TestRepository: gitserver.ForTest(t), TB: t}}
	s.commit(gitserver.Change{Message: "Serve llama", Files: llama(t)})
	s.hub, s.front = &hub{repo: s.repository}, s.HTTP(gitserver.HTTP{})
	s.agent, s.store = s.newAgent()
	return s
}

// llama is the part of the tree that is about llama.
func llama(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"environments/*/environment.yaml", "environments/*/llama/*"} {
		names, err := fs.Glob(os.DirFS("testdata/tree"), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			files[name] = read(t, name)
		}
	}
	return files
}

// newAgent is an agent with a cache of its own.
func (s *stage) newAgent() (*source.Repository, promote.Store) {
	s.Helper()
	repository, err := source.Open(source.Config{URL: s.front.URL, Dir: s.TB.TempDir()})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(repository.Close)
	repository.Watch(branch)
	clock := now
	return repository, promote.OfRepository(repository, func() source.Draft {
		clock = clock.Add(time.Second) // so that no two commits are the same by accident
		return source.Draft{Author: source.Person{Name: "Penstock", Email: "penstock@prod", When: clock}}
	})
}

// wanted is what the agent wants, by what it has seen: the promotion if there is anything to promote.
func (s *stage) wanted(agent *source.Repository) promote.Wanted {
	s.Helper()
	target, err := agent.Poll(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	w := promote.Wanted{To: "prod", Model: "llama", Into: "main", Target: target}
	w.Plan, err = promote.New(renderer, target, gate.Layout{}, promote.Request{Model: "llama", To: "prod"})
	var refusal *promote.Refusal
	switch {
	case errors.As(err, &refusal):
		w.Plan, w.Why = nil, "It is not wanted any more: "+refusal.Rule+"."
		return w
	case err != nil:
		s.Fatal(err)
	}
	story, err := promote.Tell(s.Context(), w.Plan, target, agent.History(), agent.At, nil, nil)
	if err != nil {
		s.Fatal(err)
	}
	w.Text = story.Text(nil)
	return w
}

// reconcile polls and reconciles once.
func (s *stage) reconcile() promote.Result {
	s.Helper()
	result, err := promote.Reconcile(s.Context(), s.store, s.hub, s.wanted(s.agent))
	if err != nil {
		s.Fatal(err)
	}
	return result
}

// want reconciles, and then once more, which must do nothing.
func (s *stage) want(state promote.State, did, forge string) promote.Result {
	s.Helper()
	result := s.reconcile()
	if got := strings.Trim(fmt.Sprint(result.Did), "[]"); result.State != state || got != did {
		s.Errorf("%s, did %q, want %s, %q; %s", result.State, got, state, did, result.Message)
	}
	if got := s.hub.story(); got != forge {
		s.Errorf("at the forge: %q, want %q", got, forge)
	}
	if again := s.reconcile(); len(again.Did) > 0 || again.State != state || s.hub.story() != "" {
		s.Errorf("once more: %s, did %v", again.State, again.Did)
	}
	return result
}

// tip is the branch's on the server; empty without one.
func (s *stage) tip() string {
	head, err := s.Head(branch)
	if err != nil {
		return ""
	}
	return head
}

// release writes another release of llama to an environment.
func (s *stage) release(environment, old, new string) string {
	s.Helper()
	name := "environments/" + environment + "/llama/release.yaml"
	return s.write("Change "+environment, map[string]string{name: strings.Replace(read(s, "environments/staging/llama/release.yaml"), old, new, 1)})
}

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
				"environments/prod/llama/release.yaml": read(s, "environments/staging/llama/release.yaml"), "environments/prod/llama/README.md": "Mine.\n"}})
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

// killed is the store and the forge of an agent that is killed before or after one of the steps that change something.
type killed struct {
	promote.Store
	forge.Forge
	at, step int
}

var errKilled = errors.New("killed")

func (k *killed) kill() {
	if k.step++; k.step == k.at {
		panic(errKilled)
	}
}

// around does a step, between two moments at which it may be killed.
func around[T any](k *killed, do func() (T, error)) (T, error) {
	k.kill()
	value, err := do()
	k.kill()
	return value, err
}

func (k *killed) Commit(ctx context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error) {
	return around(k, func() (string, error) { return k.Store.Commit(ctx, parent, files, message) })
}

func (k *killed) Push(ctx context.Context, name, old, commit string) error {
	_, err := around(k, func() (int, error) { return 0, k.Store.Push(ctx, name, old, commit) })
	return err
}

func (k *killed) Delete(ctx context.Context, name, old string) error {
	_, err := around(k, func() (int, error) { return 0, k.Store.Delete(ctx, name, old) })
	return err
}

func (k *killed) Open(ctx context.Context, w forge.Wanted) (*forge.PullRequest, error) {
	return around(k, func() (*forge.PullRequest, error) { return k.Forge.Open(ctx, w) })
}

func (k *killed) Update(ctx context.Context, pr forge.PullRequest, w forge.Wanted) (*forge.PullRequest, error) {
	return around(k, func() (*forge.PullRequest, error) { return k.Forge.Update(ctx, pr, w) })
}

func (k *killed) Close(ctx context.Context, pr forge.PullRequest, comment string) error {
	_, err := around(k, func() (int, error) { return 0, k.Forge.Close(ctx, pr, comment) })
	return err
}

// TestKilledBetweenAnyTwoStepsTheEndIsTheSame goes through a life of a promotion, and kills the agent at one of its steps.
func TestKilledBetweenAnyTwoStepsTheEndIsTheSame(t *testing.T) {
	ends := map[string][]int{}
	kills := 0
	for at := 1; ; at++ {
		end, died := livedThrough(t, at)
		ends[end] = append(ends[end], at)
		if !died {
			break
		}
		kills++
	}
	if len(ends) != 1 || kills < 12 {
		t.Errorf("%d kills: %v", kills, ends)
	}
	t.Logf("%d kills, one end", kills)
}

// livedThrough is how things are after a promotion was proposed, overtaken, withdrawn, and the next one was proposed.
func livedThrough(t *testing.T, at int) (end string, died bool) {
	s := newStage(t)
	k := &killed{at: at}
	life := func() {
		s.Helper()
		defer func() {
			if reason := recover(); reason == errKilled {
				died = true
				s.agent, s.store = s.newAgent() // which remembers nothing
			} else if reason != nil {
				panic(reason)
			}
		}()
		k.Store, k.Forge = s.store, s.hub
		if _, err := promote.Reconcile(t.Context(), k, k, s.wanted(s.agent)); err != nil {
			t.Fatal(err)
		}
	}
	for _, change := range []func(){
		func() {}, func() { s.release("staging", "8192", "4096") }, func() { s.release("prod", "8192", "4096") }, func() { s.release("staging", "8192", "2048") },
	} {
		change()
		life()
		life() // after a kill, the next one; without, it does nothing
		if n := s.hub.open(); n > 1 {
			t.Fatalf("killed at %d: %d pull requests are open", at, n)
		}
	}
	var states []string
	for _, pr := range s.hub.all {
		states = append(states, fmt.Sprintf("#%d %s %v %s", pr.Number, pr.State, pr.Withdrawn, pr.Key))
	}
	data, err := s.Git(nil, "show", branch+":environments/prod/llama/release.yaml")
	if err != nil {
		t.Fatal(err)
	}
	count, _ := s.Git(nil, "rev-list", "--count", "main.."+branch)
	return strings.Join(states, "; ") + "; " + count + " commit; " + data, died
}
