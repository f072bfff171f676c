package controlplane

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func shell(t *testing.T, script string) *process {
	t.Helper()
	dir := t.TempDir()
	p, err := startProcess(command{name: "server", binary: "/bin/sh", args: []string{"-c", script}, grace: 100 * time.Millisecond}, dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEarlyDeathTellsTheLog(t *testing.T) {
	t.Parallel()
	p := shell(t, "echo first; echo last words >&2; exit 3")
	err := await(t.Context(), "the server", []*process{p}, func(context.Context) error { return errors.New("not yet") })
	if err == nil || !strings.HasPrefix(err.Error(), "control plane: server died: exit status 3; the end of its log ") ||
		!strings.HasSuffix(err.Error(), ":\nfirst\nlast words") {
		t.Errorf("got %v", err)
	}
}

func TestAwaitSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := await(ctx, "the server", nil, func(context.Context) error { cancel(); return errors.New("no answer") })
	want := "control plane: waiting for the server: context canceled; last: no answer"
	if err == nil || err.Error() != want || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStubbornProcessIsKilled(t *testing.T) {
	t.Parallel()
	p := shell(t, "trap '' TERM; while :; do read line; done")
	if err := p.stop(); err != nil || p.running() {
		t.Errorf("got %v, and it runs: %v", err, p.running())
	}
	if err := p.stop(); err != nil {
		t.Errorf("stopping it again: %v", err)
	}
}

func TestTakenPortIsTriedAgain(t *testing.T) {
	t.Parallel()
	var tried [][]int
	err := onFreePorts(2, func(ports []int) error {
		tried = append(tried, ports)
		if len(tried) < 3 {
			return &diedError{name: "etcd", tail: "listen tcp 127.0.0.1:20000: bind: address already in use"}
		}
		return nil
	})
	if err != nil || len(tried) != 3 || tried[0][0] == tried[0][1] {
		t.Errorf("got %v after trying %v", err, tried)
	}
	fault := errors.New("another fault")
	if err := onFreePorts(1, func([]int) error { return fault }); !errors.Is(err, fault) {
		t.Errorf("got %v, want the fault at once", err)
	}
}
