// Command bench measures the agent on the real control plane, with the real Git server, as a process of its
// own: its time, its requests, its CPU and its memory.
//
//	go run ./test/bench -units 100
//
// It prints a table. Read the counts and the ratios rather than the times: those are this machine's.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/go-logr/logr"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func main() {
	units := flag.Int("units", 100, "how many models to deploy")
	flag.Parse()
	ctrllog.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, *units); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// measure runs every measurement in turn, on one control plane.
func measure(ctx context.Context, units int) error {
	if _, err := controlplane.Build(ctx, controlplane.Options{Progress: os.Stderr}); err != nil {
		return err
	}
	w, err := newWorkplace(ctx, units)
	if err != nil {
		return err
	}
	defer w.close()
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintf(table, "%d units\tseconds\tCPU s\tAPI requests\trenders\tMiB\n", units)
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"cold apply, until all are applied", w.coldApply},
		{"one changed unit, push to applied", w.changeOne},
		{"ten idle polls", w.idlePolls},
		{"restart, until all are applied again", w.restart},
	} {
		cost, err := w.cost(ctx, step.do)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f\n", step.name, cost.wall.Seconds(), cost.cpu, cost.requests, cost.renders, cost.memory/(1<<20))
	}
	return nil
}

// cost is what a step took.
type cost struct {
	wall                           time.Duration
	cpu, requests, renders, memory float64
}

// cost measures a step by the agent's own metrics before and after it, with what it brings in its wake: the
// workloads' way to health, which is written into statuses. The time is that of the step alone.
func (w *workplace) cost(ctx context.Context, step func(context.Context) error) (cost, error) {
	before := w.sample() // zero while no agent runs
	began := time.Now()
	if err := step(ctx); err != nil {
		return cost{}, err
	}
	wall := time.Since(began)
	if err := w.settle(ctx); err != nil {
		return cost{}, err
	}
	after := w.sample()
	if after.started != before.started {
		before = sample{}
	}
	return cost{
		wall: wall, cpu: after.cpu - before.cpu, requests: after.requests - before.requests,
		renders: after.renders - before.renders, memory: after.memory,
	}, nil
}
