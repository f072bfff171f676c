package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/test/demo"
)

// playVariable turns the test binary into the demo, as the command plays it: "play" or "keep".
const playVariable = "PENSTOCK_TEST_PLAY"

func TestMain(m *testing.M) {
	if how := os.Getenv(playVariable); how != "" {
		os.Exit(play(how))
	}
	os.Exit(m.Run())
}

func play(how string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo.Run(ctx, demo.Options{Out: os.Stdout, Keep: how == "keep"}); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	return 0
}

// theatre is a demo in a process of its own, with a directory of its own for temporary files.
type theatre struct {
	t    *testing.T
	temp string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended

	mu    sync.Mutex
	story bytes.Buffer
	heard *sync.Cond // something was written, or the process has ended
	ended bool
}

// open starts a demo that plays as how says. It is killed when the test ends before it does.
func open(t *testing.T, how string) *theatre {
	t.Helper()
	if testing.Short() {
		t.Skip("runs a control plane")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := &theatre{t: t, temp: t.TempDir(), cmd: exec.Command(self), done: make(chan struct{})}
	h.heard = sync.NewCond(&h.mu)
	h.cmd.Env = append(os.Environ(), playVariable+"="+how, "TMPDIR="+h.temp)
	h.cmd.Stdout, h.cmd.Stderr = h, h
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(h.done)
		_ = h.cmd.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ended = true
		h.heard.Broadcast()
	}()
	t.Cleanup(func() { _ = h.cmd.Process.Kill(); <-h.done })
	return h
}

// Write hears what is told.
func (h *theatre) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard.Broadcast()
	return h.story.Write(p)
}

// listen returns what was told as soon as this was told.
func (h *theatre) listen(text string) string {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for !strings.Contains(h.story.String(), text) {
		if h.ended {
			h.t.Fatalf("the demo ended and never said %q:\n%s", text, h.story.String())
		}
		h.heard.Wait()
	}
	return h.story.String()
}

// interrupt is Ctrl-C. It returns the exit code, and fails the test if that takes long.
func (h *theatre) interrupt() (code int) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		h.t.Fatal(err)
	}
	select {
	case <-h.done:
	case <-time.After(30 * time.Second): // far more than it takes, on a machine that is busy
		h.t.Fatal("the demo is still running 30 seconds after Ctrl-C")
	}
	return h.cmd.ProcessState.ExitCode()
}

// nothingIsLeft looks for files and for processes. Every process of the demo has the temporary directory in
// its arguments or is a child of one that has.
func (h *theatre) nothingIsLeft() {
	h.t.Helper()
	left, err := os.ReadDir(h.temp)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, entry := range left {
		h.t.Errorf("the demo left %s in the temporary directory", entry.Name())
	}
	commands, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, environ := range commands {
		if content, err := os.ReadFile(environ); err == nil && strings.Contains(string(content), h.temp) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(environ), "cmdline"))
			h.t.Errorf("the demo left a process: %s", strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
}

var _ io.Writer = (*theatre)(nil)
