package controlplane_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/test/controlplane"
)

// childVariable makes the test binary play the owner of a control plane, until
// it is killed; see TestKilledOwnerLeavesNothing.
const childVariable = "PENSTOCK_TEST_OWN_A_CONTROL_PLANE"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		ownControlPlane()
		return
	}
	controlplane.Main(m)
}

// ownControlPlane starts a control plane, tells what it is made of, and waits
// for the end.
func ownControlPlane() {
	cp, err := controlplane.Start(context.Background(), controlplane.Options{Progress: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(remainsOf(cp)); err != nil {
		panic(err)
	}
	select {}
}

// remains are what a control plane might leave behind.
type remains struct {
	Dir  string
	PIDs map[string]int
}

func remainsOf(cp *controlplane.ControlPlane) remains {
	return remains{Dir: filepath.Dir(cp.KubeconfigPath()), PIDs: controlplane.PIDs(cp)}
}

// processesGone wants all five processes, and wants them gone.
func (r remains) processesGone() error {
	if len(r.PIDs) != 5 {
		return fmt.Errorf("there are not five processes: %v", r.PIDs)
	}
	for name, pid := range r.PIDs {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("%s (%d) is still there: %v", name, pid, err)
		}
	}
	return nil
}

func (r remains) dirGone() error {
	if _, err := os.Stat(r.Dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is still there: %v", r.Dir, err)
	}
	return nil
}

func start(t *testing.T, ctx context.Context) *controlplane.ControlPlane {
	t.Helper()
	cp, err := controlplane.Start(ctx, controlplane.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cp.Stop() })
	return cp
}

func TestAPIServerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	fleet, err := controlplane.ParseFleet("fleet.yaml", []byte("nodes: [{name: cpu}]"))
	if err != nil {
		t.Fatal(err)
	}
	cp := start(t, t.Context())
	if err := controlplane.ApplyFleet(t.Context(), cp.RESTConfig(), fleet); err != nil {
		t.Fatal(err)
	}
	client := clientFor(t, cp.RESTConfig())
	create(t, client, "default", podWith("before"))
	if err := cp.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{}); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("got %v, want a refused connection", err)
	}
	if err := cp.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := cp.StartAPIServer(t.Context()); err == nil {
		t.Error("the API server was started twice")
	}
	// Everything else has survived: what was, what schedules, and what plays the nodes.
	podUntil(t, client, "default", "before", isReady)
	create(t, client, "default", podWith("after"))
	podUntil(t, client, "default", "after", isReady)
	if err := cp.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	t.Parallel()
	cp := start(t, t.Context())
	left := remainsOf(cp)
	for range 2 { // the second time does nothing
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(left.processesGone(), left.dirGone()); err != nil {
		t.Error(err)
	}
	if err := cp.StartAPIServer(t.Context()); err == nil || !strings.Contains(err.Error(), "has been stopped") {
		t.Errorf("got %v from starting the API server of a control plane that has been stopped", err)
	}
}

func TestCancelledContextStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	left := remainsOf(start(t, ctx))
	cancel()
	eventually(t, "everything to be gone", func(context.Context) error {
		return errors.Join(left.processesGone(), left.dirGone())
	})
}

func TestKilledOwnerLeavesNothing(t *testing.T) {
	t.Parallel()
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), childVariable+"=yes")
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var left remains
	if err := json.Unmarshal(line, &left); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed
	eventually(t, "the processes to be gone", func(context.Context) error { return left.processesGone() })
	// Its directory goes when the next control plane is started.
	start(t, t.Context())
	if err := left.dirGone(); err != nil {
		t.Error(err)
	}
}

func TestDeathOfAProcessIsReported(t *testing.T) {
	t.Parallel()
	cp := start(t, t.Context())
	pid := controlplane.PIDs(cp)["kube-scheduler"]
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	controlplane.Await(cp, "kube-scheduler")
	err := cp.Stop()
	if err == nil || !strings.Contains(err.Error(), "control plane: kube-scheduler died: signal: killed; the end of its log ") {
		t.Errorf("got %v, want the death of kube-scheduler", err)
	}
}

func TestLogDirIsKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "logs")
	cp, err := controlplane.Start(t.Context(), controlplane.Options{LogDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := cp.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"} {
		if info, err := os.Stat(filepath.Join(dir, name+".log")); err != nil || info.Size() == 0 {
			t.Errorf("the log of %s: %v, %v", name, info, err)
		}
	}
}
