package promote_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const (
	revertBranch = "penstock/rollback/prod/llama"
	prodLlama    = "environments/prod/llama/"
)

// fall is a stage on which prod/llama was taken back to what it was at the first commit.
type fall struct {
	*stage
	good string // commit
	back *v1alpha1.RollbackStatus
}

func newFall(t *testing.T, extra map[string]string) *fall {
	t.Helper()
	s := &stage{repository: &repository{TestRepository: gitserver.ForTest(t), TB: t}}
	files := llama(t)
	maps.Copy(files, extra)
	good := s.commit(gitserver.Change{Message: "Serve llama", Files: files})
	s.hub, s.front = &hub{repo: s.repository}, s.HTTP(gitserver.HTTP{})
	f := &fall{stage: s, good: good}
	f.restart()
	return f
}

// restart is a new agent, which remembers nothing.
func (f *fall) restart() {
	f.agent, f.store = f.newAgent()
	f.agent.Watch(revertBranch)
}

// prod renders prod/llama at a commit.
func (f *fall) prod(at *source.Snapshot) (*environments.Unit, *render.Objects) {
	f.Helper()
	tree, err := environments.Load(at, "environments")
	if err != nil {
		f.Fatal(err)
	}
	part, err := tree.Select("prod/llama")
	if err != nil {
		f.Fatal(err)
	}
	objects, err := renderer.Render(at, part.Units[0])
	if err != nil {
		f.Fatal(err)
	}
	return part.Units[0], objects
}

// fails has what main asks for now fail.
func (f *fall) fails(why string) {
	f.Helper()
	now, err := f.agent.Poll(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	former, err := f.agent.At(f.good)
	if err != nil {
		f.Fatal(err)
	}
	_, bad := f.prod(now)
	_, good := f.prod(former)
	f.back = &v1alpha1.RollbackStatus{
		Release: bad.ReleaseID, Digest: environments.ReleaseDigest(bad.Descriptor.Spec.Release), Content: bad.Content,
		ToRelease: good.ReleaseID, ToDigest: environments.ReleaseDigest(good.Descriptor.Spec.Release), ToCommit: f.good,
		Since: metav1.Time{Time: committed.Add(90 * time.Minute)}, Message: why,
	}
}

// breaks writes files to main that make another release of prod/llama, which fails.
func (f *fall) breaks(files map[string]string) {
	f.Helper()
	f.write("Serve longer contexts", files)
	f.fails("CrashLoopBackOff: CUDA out of memory.")
}

// worse is release.yaml of another release.
func worse(t testing.TB, context string) map[string]string {
	return map[string]string{prodLlama + "release.yaml": strings.Replace(read(t, "environments/staging/llama/release.yaml"), "8192", context, 1)}
}

// wants is what the agent wants by what it has seen.
func (f *fall) wants() promote.Wanted {
	f.Helper()
	target, err := f.agent.Poll(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	w := promote.Wanted{To: "prod", Model: "llama", Purpose: promote.Reversion, Into: "main", Target: target}
	unit, now := f.prod(target)
	if f.back == nil || now.Content != f.back.Content {
		w.Why = "Git asks for something else."
		return w
	}
	w.Revert, err = promote.NewRevert(f.Context(), renderer, target, f.agent.History(), f.agent.At, promote.Fallen{Unit: unit, Now: now, Back: *f.back})
	var refusal *promote.Refusal
	if errors.As(err, &refusal) {
		w.Revert, w.Why = nil, refusal.Error()
		return w
	}
	if err != nil {
		f.Fatal(err)
	}
	w.Text = w.Revert.Text(nil, nil)
	return w
}

// want reconciles, and then once more, which must do nothing.
func (f *fall) want(state promote.State, did, forge string) promote.Result {
	f.Helper()
	result, err := promote.Reconcile(f.Context(), f.store, f.hub, f.wants())
	if err != nil {
		f.Fatal(err)
	}
	if got := strings.Trim(fmt.Sprint(result.Did), "[]"); result.State != state || got != did {
		f.Errorf("%s, did %q, want %s, %q; %s", result.State, got, state, did, result.Message)
	}
	if got := f.hub.story(); got != forge {
		f.Errorf("at the forge: %q, want %q", got, forge)
	}
	if again, err := promote.Reconcile(f.Context(), f.store, f.hub, f.wants()); err != nil || len(again.Did) > 0 || again.State != state || f.hub.story() != "" {
		f.Errorf("once more: %s, did %v, %v", again.State, again.Did, err)
	}
	return result
}

// changed is what the newest commit of the branch does to files.
func (f *fall) changed() string {
	f.Helper()
	out, err := f.Git(nil, "log", "-1", "--format=", "--name-status", "--no-renames", revertBranch)
	if err != nil {
		f.Fatal(err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(out), "\t"+prodLlama, " "), "\n", ", ")
}

func (f *fall) revertTip() string {
	tip, err := f.Head(revertBranch)
	if err != nil {
		return ""
	}
	return tip
}
