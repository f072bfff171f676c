package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/environments/problem"
)

func newRootCommand(streams genericiooptions.IOStreams) *cobra.Command {
	root := &cobra.Command{
		Use:   "penstock",
		Short: "GitOps for AI model deployments",
		Long: `Penstock deploys AI models from Git.

An agent in the cluster follows a repository of model deployment descriptors, one directory per model and
environment, renders each into GPU-aware workloads, applies them, and says what came of it in the status of
a ModelDeployment. This command line is the agent, and what engineers and admins use beside it.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddGroup(
		&cobra.Group{ID: groupEngineer, Title: "For engineers, in a clone of the repository:"},
		&cobra.Group{ID: groupAdmin, Title: "For cluster admins:"},
		&cobra.Group{ID: groupAuditor, Title: "For auditors, in a clone of the repository:"},
		&cobra.Group{ID: groupOther, Title: "To try it out:"},
	)
	root.AddCommand(
		newValidateCommand(streams), newRenderCommand(streams), newFitCommand(streams), newInitCommand(streams),
		newCheckCommand(streams), newExplainCommand(streams), newPolicyCommand(streams), newApproveCommand(streams),
		newPromoteCommand(streams), newCompareCommand(streams),
		newInstallCommand(streams), newAgentCommand(streams), newStatusCommand(streams),
		newAuditCommand(streams),
		newDemoCommand(streams), newVersionCommand(streams), newResultsCommand(streams),
	)
	return root
}

// The groups that help lists the commands in.
const (
	groupEngineer = "engineer"
	groupAdmin    = "admin"
	groupAuditor  = "auditor"
	groupOther    = "other"
)

// invalidError is what is wrong with the repository, as against what went wrong on the way.
type invalidError struct{ problems problem.List }

// Error prints a problem a line and counts them.
func (e *invalidError) Error() string {
	var b strings.Builder
	for _, p := range e.problems.Sorted() {
		fmt.Fprintf(&b, "error: %v\n", p)
	}
	noun := "problems"
	if len(e.problems) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "%d %s\n", len(e.problems), noun)
	return b.String()
}

// negativeError is the answer to what was asked, and the answer is no: a model is not ready, or does not fit.
type negativeError struct{ answer string }

func (e *negativeError) Error() string {
	if e.answer == "" {
		return "" // it was said already
	}
	return "error: " + e.answer + "\n"
}

// asInvalid turns an error that carries problems into an invalidError and leaves any other as it is.
func asInvalid(err error) error {
	var list problem.List
	if errors.As(err, &list) {
		return &invalidError{problems: list}
	}
	return err
}
