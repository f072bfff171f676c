package controlplane

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// A command is a process to start.
type command struct {
	name   string // what the binary is called as, and the name of its log
	binary string
	args   []string
	grace  time.Duration // how long it may take to stop in order
}

// A process is a running server.
type process struct {
	name  string
	pid   int
	log   string
	grace time.Duration
	stdin io.Closer // its lifeline, held open; see test/cluster/internal/lifeline

	asked  atomic.Bool   // it was told to stop
	exited chan struct{} // closed when the process is gone
	state  error         // how it ended; read only after exited
}

// startProcess starts a server whose log goes to a file in logDir.
func startProcess(c command, home, logDir string) (*process, error) {
	logPath := filepath.Join(logDir, c.name+".log")
	// Appending, because the API server may be started again.
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, doing("opening the log of "+c.name, err)
	}
	defer log.Close() // the child has its own copy
	cmd := exec.Command(c.binary, c.args...)
	cmd.Args[0] = c.name
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.Stdout, cmd.Stderr = log, log
	inOwnGroup(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, doing("making a pipe for "+c.name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, doing("starting "+c.name, err)
	}
	p := &process{name: c.name, pid: cmd.Process.Pid, log: logPath, grace: c.grace, stdin: stdin, exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		p.state = cmd.Wait()
	}()
	return p, nil
}

// inOwnGroup keeps a terminal's Ctrl-C from the process: it is for its owner,
// who stops everything in order.
func inOwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process that inOwnGroup started, with all its children.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

// running reports whether the process is still there.
func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// died describes the end of a process that should be running, or is nil.
func (p *process) died() error {
	if p.running() {
		return nil
	}
	how := "exit status 0"
	if p.state != nil {
		how = p.state.Error()
	}
	return &diedError{name: p.name, how: how, log: p.log, tail: tail(p.log, 15)}
}

// stop ends the process and waits until it is gone. It first asks; a process
// that takes too long is killed. The error tells of one that had died by itself.
func (p *process) stop() error {
	if !p.running() {
		// Its number may already be somebody else's.
		if p.asked.Load() {
			return nil
		}
		return p.died()
	}
	p.asked.Store(true)
	_ = syscall.Kill(p.pid, syscall.SIGTERM)
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		_ = killGroup(p.pid)
		<-p.exited
	}
	return nil
}

// A diedError says that a process ended before its time, and what it said last.
type diedError struct{ name, how, log, tail string }

func (e *diedError) Error() string {
	return fmt.Sprintf("control plane: %s died: %s; the end of its log %s:\n%s", e.name, e.how, e.log, e.tail)
}

// portTaken reports whether a process died because somebody else took its port.
func portTaken(err error) bool {
	var died *diedError
	return errors.As(err, &died) && strings.Contains(died.tail, "address already in use")
}

// tail is the last n lines of a file.
func tail(path string, n int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
