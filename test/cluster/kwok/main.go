// Command kwok is the controller of KWOK ("Kubernetes without kubelet"), which
// plays the part of the nodes: it keeps them Ready and leads their pods through
// the states that its Stages describe.
//
// It is a binary of its own because its flags clash with those of Kubernetes.
// Like the control plane's servers, it ends when its standard input does.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"

	"github.com/penstock-dev/penstock/test/cluster/internal/lifeline"
)

func main() {
	lifeline.Hold(os.Stdin)
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "kwok: %v\n", err)
		os.Exit(1)
	}
}

// run is KWOK's own main, which it does not export: the --config files are read
// before the command is built, because the command's defaults come from them.
func run() error {
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}

	ctx, _ := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	command := cmd.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	return command.ExecuteContext(ctx)
}
