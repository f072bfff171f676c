package promote

import (
	"context"
	"sync"

	"github.com/penstock-dev/penstock/agent/source"
)

// OfRepository is the Store of an agent. Draft says who makes a commit, and when, and signs it; its Parents and Message are
// set here. Their branches have to be watched (see source.Repository.Watch): what is on the server is what the last
// poll saw, and what is done is compared with what is there then.
func OfRepository(repository *source.Repository, draft func() source.Draft) Store {
	return &ofRepository{repository: repository, draft: draft, made: map[string][]source.Object{}, stale: map[string]bool{}}
}

type ofRepository struct {
	repository *source.Repository
	draft      func() source.Draft

	mu    sync.Mutex
	made  map[string][]source.Object // what is not pushed yet, by its commit
	stale map[string]bool            // branches that have moved since the last poll
}

// Tip is what the last poll saw, unless a push has found that the branch has moved since.
func (s *ofRepository) Tip(ctx context.Context, branch string) (string, error) {
	s.mu.Lock()
	stale := s.stale[branch]
	delete(s.stale, branch)
	s.mu.Unlock()
	if stale {
		return s.repository.Ask(ctx, branch)
	}
	return s.repository.Tip(branch), nil
}

func (s *ofRepository) At(_ context.Context, commit string) (*source.Snapshot, error) {
	return s.repository.At(commit)
}

func (s *ofRepository) History() *source.History { return s.repository.History() }

func (s *ofRepository) Commit(_ context.Context, parent *source.Snapshot, files map[string][]byte, message string) (string, error) {
	builder := source.NewBuilder(parent)
	for name, data := range files {
		change := func() error { return builder.Put(name, data) }
		if data == nil {
			change = func() error { return builder.Remove(name) }
		}
		if err := change(); err != nil {
			return "", err
		}
	}
	draft := s.draft()
	draft.Parents, draft.Message = []string{parent.Commit().Hash}, message
	id, err := builder.Commit(draft)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[id] = builder.Objects()
	return id, nil
}

func (s *ofRepository) Push(ctx context.Context, branch, old, commit string) error {
	s.mu.Lock()
	objects := s.made[commit]
	delete(s.made, commit)
	s.mu.Unlock()
	return s.noticed(branch, s.repository.PushWith(ctx, source.PushOptions{Force: true}, branch, old, commit, objects...))
}

func (s *ofRepository) Delete(ctx context.Context, branch, old string) error {
	return s.noticed(branch, s.repository.DeleteBranch(ctx, branch, old))
}

// noticed notes that a branch is not where the last poll saw it.
func (s *ofRepository) noticed(branch string, err error) error {
	if source.KindOf(err) == source.PushOvertaken {
		s.mu.Lock()
		s.stale[branch] = true
		s.mu.Unlock()
	}
	return err
}
