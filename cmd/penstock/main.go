// Command penstock is the GitOps agent for AI model deployments, and the tool that engineers, admins and
// auditors use beside it. Each command is a file of its own and a thin shell over a package.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(run(ctx, streams, os.Args[1:]))
}

// Exit codes. They are part of the interface: scripts and CI depend on them.
const (
	exitOK      = 0
	exitInvalid = 1 // the repository, or what was asked for, is wrong
	exitFailed  = 2 // it could not be told: no cluster, no file, a wrong flag
)

// run executes one command line and returns its exit code. Every error is printed once, in one form.
func run(ctx context.Context, streams genericiooptions.IOStreams, args []string) int {
	root := newRootCommand(streams)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var invalid *invalidError
	var negative *negativeError
	switch {
	case errors.As(err, &invalid):
		fmt.Fprint(streams.ErrOut, invalid.Error())
		return exitInvalid
	case errors.As(err, &negative):
		fmt.Fprint(streams.ErrOut, negative.Error())
		return exitInvalid
	}
	fmt.Fprintf(streams.ErrOut, "error: %v\n", err)
	return exitFailed
}
