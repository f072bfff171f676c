package giteaserver

import (
	"context"
	"fmt"
	"os"
	"sync"
)

// TB is what this package needs of a testing.TB.
type TB interface {
	Helper()
	Name() string
	Context() context.Context
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// shared is the one server of a test binary.
var shared struct {
	sync.Mutex
	main   bool // Tests is running, and will stop it
	server *Server
	err    error
}

// Main is the TestMain of a package whose tests call ForTest.
func Main(m interface{ Run() int }) { os.Exit(Tests(m).Run()) }

// Tests returns tests that stop the server when they have run.
func Tests(m interface{ Run() int }) interface{ Run() int } { return tests{m} }

type tests struct{ m interface{ Run() int } }

// Run runs the tests, and stops the server if there is one.
func (t tests) Run() int {
	shared.Lock()
	shared.main = true
	shared.Unlock()
	code := t.m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping Gitea:", err)
		code = max(code, 1)
	}
	return code
}

// ForServer returns the server that all tests of this test binary share. The first call starts it; Main stops it.
func ForServer(t TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		t.Fatalf("the package has no TestMain that calls giteaserver.Main or giteaserver.Tests, so nobody would stop Gitea")
	}
	if shared.server == nil && shared.err == nil {
		// Not the test's context: it ends with the first test.
		shared.server, shared.err = Start(context.Background(), os.Stderr)
	}
	if shared.err != nil {
		t.Fatalf("%v", shared.err)
	}
	return shared.server
}
