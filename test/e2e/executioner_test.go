package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/penstock-dev/penstock/test/gitserver"
)

// executioner runs the agent as a program of its own, stands between it and its two servers, and kills it, as the kernel or a
// lost node would, at a request that changes something: before the server got it, or when the server has done it and the
// agent has not heard so.
type executioner struct {
	w          *world
	program    string
	kubeconfig string
	gitURL     string
	cache      string
	args       []string

	mu     sync.Mutex
	agent  *exec.Cmd
	ended  chan struct{}
	left   int // requests until the next kill; 0 for never
	before bool
	killed string // what it was killed at
}

func newExecutioner(w *world, args ...string) *executioner {
	w.t.Helper()
	e := &executioner{w: w, program: penstockProgram(w.t), cache: w.t.TempDir(), args: args}
	transport, err := rest.TransportFor(w.cp.RESTConfig())
	if err != nil {
		w.t.Fatal(err)
	}
	api := e.stand(w.cp.RESTConfig().Host, transport, changesCluster)
	e.kubeconfig = filepath.Join(w.t.TempDir(), "kubeconfig")
	config := clientcmdapi.NewConfig()
	config.Clusters["c"], config.Contexts["c"] = &clientcmdapi.Cluster{Server: api}, &clientcmdapi.Context{Cluster: "c"}
	config.CurrentContext = "c"
	if err := clientcmd.WriteToFile(*config, e.kubeconfig); err != nil {
		w.t.Fatal(err)
	}
	plain := w.repo.HTTP(gitserver.HTTP{})
	server, err := url.Parse(plain.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	e.gitURL = e.stand(server.Scheme+"://"+server.Host, http.DefaultTransport, changesGit) + server.Path
	w.t.Cleanup(e.end)
	return e
}

var program struct {
	once sync.Once
	path string
	err  error
}

// penstockProgram builds the command, once.
func penstockProgram(t *testing.T) string {
	t.Helper()
	program.once.Do(func() {
		dir, err := os.MkdirTemp("", "penstock-e2e-")
		if err != nil {
			program.err = err
			return
		}
		program.path = filepath.Join(dir, "penstock")
		if out, err := exec.Command("go", "build", "-o", program.path, "github.com/penstock-dev/penstock/cmd/penstock").CombinedOutput(); err != nil {
			program.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return program.path
}

// changesCluster says whether a request changes something that matters: leases, events and dry runs do not.
func changesCluster(r *http.Request) bool {
	if r.Method == http.MethodGet || r.URL.Query().Get("dryRun") != "" {
		return false
	}
	return !strings.Contains(r.URL.Path, "/events") && !strings.Contains(r.URL.Path, "/leases")
}

func changesGit(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/git-receive-pack") }

// stand puts a proxy before a server and returns its URL.
func (e *executioner) stand(server string, transport http.RoundTripper, changes func(*http.Request) bool) string {
	e.w.t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		e.w.t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.w.t.Fatal(err)
	}
	httpServer := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !changes(r) || !e.isDue() {
			proxy.ServeHTTP(w, r)
			return
		}
		if !e.before { // the whole answer, which nobody will read
			proxy.ServeHTTP(&unheard{header: http.Header{}}, r)
		}
		e.kill(r)
	})}
	go httpServer.Serve(listener)
	e.w.t.Cleanup(func() { httpServer.Close() })
	return "http://" + listener.Addr().String()
}

// unheard takes an answer for somebody who is not there any more.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header         { return u.header }
func (u *unheard) Write(p []byte) (int, error) { return len(p), nil }
func (u *unheard) WriteHeader(int)             {}

// isDue counts a request, and says whether it is the one.
func (e *executioner) isDue() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left == 0 {
		return false
	}
	e.left--
	return e.left == 0
}

func (e *executioner) kill(at *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.killed = fmt.Sprintf("%s %s, %s", at.Method, at.URL.Path, map[bool]string{true: "before", false: "after"}[e.before])
	_ = syscall.Kill(e.agent.Process.Pid, syscall.SIGKILL)
	<-e.ended
}

// start runs the agent, to be killed at so many requests from now on; at none if that is 0.
func (e *executioner) start(requests int, before bool) {
	e.w.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left, e.before, e.killed = requests, before, ""
	e.agent = exec.Command(e.program, append([]string{
		"agent", "--url", e.gitURL, "--kubeconfig", e.kubeconfig, "--namespace", e.w.agentNS, "--cache-dir", e.cache,
		"--schedule", "@every 1s", "--no-leader-election", "--listen", "", "--log-format", "text",
	}, e.args...)...)
	e.agent.Env = append(os.Environ(), "POD_NAME=agent-0")
	e.agent.Stderr = e.w.t.Output()
	if err := e.agent.Start(); err != nil {
		e.w.t.Fatal(err)
	}
	ended, agent := make(chan struct{}), e.agent
	e.ended = ended
	go func() {
		_ = agent.Wait() // it is killed
		close(ended)
	}()
}

// wasKilled says at what; empty while it lives.
func (e *executioner) wasKilled() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.killed
}

// spare lets the agent live, from now on.
func (e *executioner) spare() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left = 0
}

// end kills the agent if it runs.
func (e *executioner) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.agent == nil {
		return
	}
	_ = syscall.Kill(e.agent.Process.Pid, syscall.SIGKILL)
	<-e.ended
}
