package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// stage is what the demo is played on: the cluster, the repository, the agent between them, and the
// narrator who tells of it. Whoever puts something on the stage says in closers how it goes.
type stage struct {
	*narrator
	options Options
	dir     string   // removed at the end
	log     *os.File // the agent's
	logger  *slog.Logger
	keepLog bool
	fail    context.CancelCauseFunc // ends the play at once
	closers []func() error

	cluster    *controlplane.ControlPlane
	reader     client.Reader // the administrator's
	repository *gitserver.Repository
	agentDoor  *gitserver.Front // only the agent uses it, so that its requests can be counted
	publicDoor *gitserver.Front // for engineers
	token      string           // for both doors
}

// newStage makes an empty stage, with a place for files and for the agent's log.
func newStage(options Options) (*stage, error) {
	s := &stage{narrator: newNarrator(options.Out), options: options, fail: func(error) {}}
	var err error
	if s.dir, err = os.MkdirTemp("", "penstock-demo-"); err != nil {
		return nil, fmt.Errorf("making a temporary directory: %w", err)
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(s.dir) })
	if s.log, err = os.CreateTemp("", "penstock-demo-*.log"); err != nil {
		return nil, errors.Join(fmt.Errorf("making the agent's log: %w", err), s.close())
	}
	s.closers = append(s.closers, s.closeLog)
	logs := io.MultiWriter(s.log, options.ErrOut)
	s.logger = slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	redirectLibraryLog(logs)
	return s, nil
}

func (s *stage) closeLog() error {
	redirectLibraryLog(nil)
	err := s.log.Close()
	if !s.keepLog {
		err = errors.Join(err, os.Remove(s.log.Name()))
	}
	return err
}

// set puts the cluster and the empty repository on the stage.
func (s *stage) set(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.startCluster, s.startRepository} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startCluster builds the control plane if need be, and starts it with the default fleet. The context ends
// the start, but not what was started: the agent has to go before its API server does.
func (s *stage) startCluster(ctx context.Context) error {
	fleet := controlplane.DefaultFleet()
	lifetime, stop := context.WithCancel(context.WithoutCancel(ctx))
	started := context.AfterFunc(ctx, stop)
	cluster, err := controlplane.Start(lifetime, controlplane.Options{Progress: s, Fleet: &fleet})
	if err != nil {
		stop()
		return err
	}
	s.cluster = cluster
	s.closers = append(s.closers, func() error { defer stop(); return cluster.Stop() })
	if !started() {
		return context.Cause(ctx)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	s.reader, err = client.New(cluster.RESTConfig(), client.Options{Scheme: scheme})
	return err
}

// startRepository serves an empty repository as a company would: over TLS with a certificate of its own
// authority, to those who have a token.
func (s *stage) startRepository(context.Context) error {
	var err error
	if s.repository, err = gitserver.New(filepath.Join(s.dir, "git")); err != nil {
		return err
	}
	s.closers = append(s.closers, s.repository.Close)
	s.token = newToken()
	for _, door := range []**gitserver.Front{&s.agentDoor, &s.publicDoor} {
		*door, err = s.repository.ServeHTTP(gitserver.HTTP{TLS: true, Username: gitUser, Password: s.token})
		if err != nil {
			return err
		}
	}
	return errors.Join(s.agentDoor.WriteSecret(s.path("agent-secret")), s.publicDoor.WriteSecret(s.path("engineer-secret")))
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

// close takes everything off the stage, the last thing first.
func (s *stage) close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}
