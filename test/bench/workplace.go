package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// namespace of the agent and of its one environment.
const (
	agentNamespace = "penstock-system"
	namespace      = "models-bench"
)

// How often to look whether something has come to pass. A sample costs the agent itself a millisecond or
// two, so it is taken seldom; other looks cost it nothing.
const (
	glance   = 20 * time.Millisecond
	sampling = 250 * time.Millisecond
)

// workplace is a control plane, a repository with so many units, and an agent that comes and goes.
type workplace struct {
	units   int
	dir     string
	binary  string
	address string
	cp      *controlplane.ControlPlane
	repo    *gitserver.Repository
	front   *gitserver.Front
	client  client.Client
	agent   *exec.Cmd
	ended   chan error // of the agent, once
}

func newWorkplace(ctx context.Context, units int) (w *workplace, err error) {
	w = &workplace{units: units}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "penstock-bench-"); err != nil {
		return w, err
	}
	if err = w.buildAgent(ctx); err != nil {
		return w, err
	}
	if err = w.startCluster(ctx); err != nil {
		return w, err
	}
	if w.repo, err = gitserver.New(filepath.Join(w.dir, "repository")); err != nil {
		return w, err
	}
	if w.front, err = w.repo.ServeHTTP(gitserver.HTTP{}); err != nil {
		return w, err
	}
	_, err = w.repo.Commit(gitserver.Change{Message: fmt.Sprintf("Serve %d models", units), Files: w.tree()})
	return w, err
}

func (w *workplace) buildAgent(ctx context.Context) error {
	w.binary = filepath.Join(w.dir, "penstock")
	build := exec.CommandContext(ctx, "go", "build", "-o", w.binary, "github.com/penstock-dev/penstock/cmd/penstock")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the agent: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.address = listener.Addr().String()
	return listener.Close()
}

// startCluster starts one without GPU nodes: pods that never run would only blur the figures of the agent.
func (w *workplace) startCluster(ctx context.Context) (err error) {
	began := time.Now()
	if w.cp, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		return err
	}
	fmt.Printf("control plane ready in %.1f s\n", time.Since(began).Seconds())
	if _, err = w.cp.Kubectl(ctx, bytes.NewReader(v1alpha1.ModelDeploymentCRD), "apply", "--server-side", "-f", "-"); err != nil {
		return err
	}
	if _, err = w.cp.Kubectl(ctx, nil, "create", "namespace", agentNamespace); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err = v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	w.client, err = client.New(w.cp.RESTConfig(), client.Options{Scheme: scheme})
	return err
}

// tree is an environment with so many units of vLLM on one GPU, each a descriptor of its own.
func (w *workplace) tree() map[string]string {
	files := map[string]string{"environments/bench/environment.yaml": "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: bench}\nspec: {namespace: " + namespace + "}\n"}
	for i := range w.units {
		files[unitFile(i)] = descriptor(i, 8192)
	}
	return files
}

func unitName(i int) string { return fmt.Sprintf("model-%04d", i) }

func unitFile(i int) string { return "environments/bench/" + unitName(i) + "/model.yaml" }

func descriptor(i, contextLength int) string {
	return fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata: {name: %s}
spec:
  release:
    model: {source: "hf://meta-llama/Llama-3.1-8B-Instruct", revision: 0e9e39f249a16976918f6564b8830bc894c89659, format: safetensors, precision: bf16, size: 15Gi}
    runtime: {engine: vllm, image: "vllm/vllm-openai:v0.11.0", contextLength: %d}
  accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 1}
`, unitName(i), contextLength)
}

func (w *workplace) startAgent() error {
	w.agent = exec.Command(w.binary, "agent", "--url", w.front.URL, "--cache-dir", filepath.Join(w.dir, "cache"),
		"--kubeconfig", w.cp.KubeconfigPath(), "--namespace", agentNamespace, "--schedule", "@every 1s",
		"--listen", w.address, "--log-level", "warn")
	w.agent.Stderr = os.Stderr
	if err := w.agent.Start(); err != nil {
		return err
	}
	w.ended = make(chan error, 1)
	go func() { w.ended <- w.agent.Wait() }()
	return nil
}

func (w *workplace) stopAgent() error {
	if w.agent == nil {
		return nil
	}
	defer func() { w.agent = nil }()
	if err := w.agent.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return <-w.ended
}

// coldApply starts the agent and waits until every unit is applied.
func (w *workplace) coldApply(ctx context.Context) error {
	if err := w.startAgent(); err != nil {
		return err
	}
	return w.untilReconciled(ctx, w.units)
}

// changeOne pushes a change of one unit and waits until its status names the commit.
func (w *workplace) changeOne(ctx context.Context) error {
	const one = 0
	commit, err := w.repo.Commit(gitserver.Change{Message: "Change one model", Files: map[string]string{unitFile(one): descriptor(one, 4096)}})
	if err != nil {
		return err
	}
	return w.until(ctx, glance, func(ctx context.Context) (bool, error) {
		var found v1alpha1.ModelDeployment
		err := w.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: unitName(one)}, &found)
		return found.Status.Commit == commit, err
	})
}

func (w *workplace) idlePolls(ctx context.Context) error {
	before := w.front.Count("info/refs")
	return w.until(ctx, glance, func(context.Context) (bool, error) { return w.front.Count("info/refs")-before >= 10, nil })
}

func (w *workplace) restart(ctx context.Context) error {
	if err := w.stopAgent(); err != nil {
		return err
	}
	return w.coldApply(ctx)
}

// untilReconciled waits until the agent has applied so many units since it started.
func (w *workplace) untilReconciled(ctx context.Context, units int) error {
	return w.until(ctx, sampling, func(context.Context) (bool, error) { return w.sample().applied >= float64(units), nil })
}

// settle waits until the agent has sent nothing but its lease for a few polls.
func (w *workplace) settle(ctx context.Context) error {
	const quiet = 5 // renewals of the lease, one every two seconds, are no sign of work
	last, since := w.sample().requests, time.Now()
	return w.until(ctx, sampling, func(context.Context) (bool, error) {
		if now := w.sample().requests; now > last+quiet {
			last, since = now, time.Now()
		}
		return time.Since(since) > 5*time.Second, nil
	})
}

// until waits for a condition, but not for that of an agent that has ended.
func (w *workplace) until(ctx context.Context, every time.Duration, done wait.ConditionWithContextFunc) error {
	return wait.PollUntilContextTimeout(ctx, every, 10*time.Minute, true, func(ctx context.Context) (bool, error) {
		select {
		case err := <-w.ended:
			w.ended <- err
			return false, fmt.Errorf("the agent ended: %w", err)
		default:
			return done(ctx)
		}
	})
}

func (w *workplace) close() {
	var errs []error
	errs = append(errs, w.stopAgent())
	if w.repo != nil {
		errs = append(errs, w.repo.Close())
	}
	if w.cp != nil {
		errs = append(errs, w.cp.Stop())
	}
	errs = append(errs, os.RemoveAll(w.dir))
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "warning:", err)
	}
}
