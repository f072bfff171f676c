package main

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/test/demo"
)

func newDemoCommand(streams genericiooptions.IOStreams) *cobra.Command {
	options := demo.Options{Out: streams.Out, ErrOut: streams.ErrOut, Version: versionName()}
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "See it work on this machine, against a real control plane",
		GroupID: groupOther,
		Long: `Play a day in the life of a repository of models, on this machine.

A real Kubernetes API server, scheduler and controllers run with simulated GPU nodes, and a real Git server.
The agent follows a repository there while engineers change, promote, break, mend and retire models. What is
told is checked as it happens; the exit code is 0 only if all of it held.

It needs Go, Git and a checkout of Penstock: the control plane is built from source the first time, which
takes a few minutes, and kept in your cache directory. After that the demo takes less than a minute. Your own
clusters and kubeconfig are not touched. Ctrl-C stops and removes everything.`,
		Example: `  # The whole story
  penstock demo

  # The same, and then a cluster and a repository of your own to play with
  penstock demo --keep`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A terminal that is closed ends the demo as Ctrl-C does, and a reader that goes away, as in
			// 'penstock demo | head', is an error in writing rather than a sudden death.
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
			defer stop()
			signal.Ignore(syscall.SIGPIPE)
			return demo.Run(ctx, options)
		},
	}
	cmd.Flags().BoolVar(&options.Keep, "keep", false, "leave everything running at the end, until Ctrl-C")
	cmd.Flags().BoolVarP(&options.Verbose, "verbose", "v", false, "show the agent's log")
	return cmd
}
