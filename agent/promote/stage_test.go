package promote_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

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
