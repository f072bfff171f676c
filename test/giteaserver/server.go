package giteaserver

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"text/template"
	"time"

	"github.com/penstock-dev/penstock/test/internal/build"
	"github.com/penstock-dev/penstock/test/internal/tempdir"
)

const (
	// admin is the login of the first user, who may do everything.
	admin = "root"
	// password is everybody's.
	password = "not-a-secret-1"
	// startTimeout is how long the server may take to be ready.
	startTimeout = time.Minute
	// stopGrace is how long it may take to stop in order.
	stopGrace = 10 * time.Second
)

// program is the nested module that the server is built from.
var program = build.Module{Name: "Gitea", Dir: "test/gitea", Programs: []string{"./gitea"}, Takes: "about 5 minutes"}

//go:embed app.ini
var appINI string

// Server is a running Gitea.
type Server struct {
	// AdminToken may do everything.
	AdminToken string

	front  *Front // for what this package itself asks
	dir    *tempdir.Dir
	binary string
	web    *exec.Cmd
	stdin  io.Closer
	exited chan struct{} // closed when the process is gone

	mu     sync.Mutex
	fronts []*Front
}

// Start builds Gitea, unless that was done before, and starts it with one user, who is its administrator. progress is
// told what takes long.
func Start(ctx context.Context, progress io.Writer) (s *Server, err error) {
	binaries, err := program.Build(ctx, build.Options{Progress: progress})
	if err != nil {
		return nil, err
	}
	static, err := program.ModuleDir(ctx, "gitea.dev")
	if err != nil {
		return nil, err
	}
	dir, err := tempdir.New("penstock-gitea-")
	if err != nil {
		return nil, err
	}
	s = &Server{dir: dir, binary: filepath.Join(binaries, "gitea")}
	if err := s.start(ctx, static); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, static string) error {
	if err := s.configure(static); err != nil {
		return fmt.Errorf("configuring Gitea: %w", err)
	}
	if _, err := s.run(ctx, "migrate"); err != nil {
		return err
	}
	out, err := s.run(ctx, "admin", "user", "create", "--admin", "--username", admin, "--password", password,
		"--email", "root@example.com", "--access-token", "--access-token-name", "tests", "--access-token-scopes", "all")
	if err != nil {
		return err
	}
	if s.AdminToken, err = lastWord(out); err != nil {
		return err
	}
	if err := s.serve(); err != nil {
		return fmt.Errorf("starting Gitea: %w", err)
	}
	s.front = s.Front(FrontOptions{})
	return s.ready(ctx)
}

// configure writes app.ini.
func (s *Server) configure(static string) error {
	var text strings.Builder
	values := struct{ Dir, Static string }{s.dir.Path, static}
	if err := template.Must(template.New("").Parse(appINI)).Execute(&text, values); err != nil {
		return err
	}
	return os.WriteFile(s.path("app.ini"), []byte(text.String()), 0o600)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir.Path, name) }

// command is a run of the binary. Nothing of the machine's own Git configuration is used.
func (s *Server) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary, append([]string{"--config", s.path("app.ini")}, args...)...)
	cmd.Dir = s.dir.Path
	cmd.Env = append(os.Environ(), "HOME="+s.dir.Path, "GIT_CONFIG_NOSYSTEM=1", "XDG_CONFIG_HOME="+s.dir.Path)
	// A terminal's Ctrl-C is for the owner, who stops everything in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// run runs a command of Gitea to its end.
func (s *Server) run(ctx context.Context, args ...string) (string, error) {
	out, err := s.command(ctx, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("gitea %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}

// serve starts the server. It lives until Stop, and not longer than this process.
func (s *Server) serve() error {
	log, err := os.Create(s.path("gitea.log"))
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own copy
	s.web = s.command(context.Background(), "web")
	s.web.Stdout, s.web.Stderr = log, log
	if s.stdin, err = s.web.StdinPipe(); err != nil {
		return err
	}
	if err := s.web.Start(); err != nil {
		return err
	}
	s.exited = make(chan struct{})
	go func() {
		defer close(s.exited)
		_ = s.web.Wait()
	}()
	return nil
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.front.URL+"/api/v1/version", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Gitea: %w; the end of its log:\n%s", context.Cause(ctx), s.log())
		case <-s.exited:
			return fmt.Errorf("the server died; the end of its log:\n%s", s.log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// log is the end of the server's log.
func (s *Server) log() string {
	content, err := os.ReadFile(s.path("gitea.log"))
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-4000):])
}

// Stop ends the server and waits until nothing of it is left.
func (s *Server) Stop() error {
	s.mu.Lock()
	fronts := s.fronts
	s.mu.Unlock()
	for _, f := range fronts {
		f.Close()
	}
	if s.exited != nil {
		_ = syscall.Kill(s.web.Process.Pid, syscall.SIGTERM)
		select {
		case <-s.exited:
		case <-time.After(stopGrace):
			_ = syscall.Kill(-s.web.Process.Pid, syscall.SIGKILL)
			<-s.exited
		}
	}
	return s.dir.Remove()
}

// dial connects to the server's socket.
func (s *Server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", s.path("socket"))
}

// lastWord is the token in what Gitea says when it has made one.
func lastWord(out string) (string, error) {
	words := strings.Fields(out)
	if len(words) == 0 || len(words[len(words)-1]) != 40 {
		return "", fmt.Errorf("gitea admin user create named no token:\n%s", out)
	}
	return words[len(words)-1], nil
}
