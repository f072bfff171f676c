package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/check/cluster"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// checkOptions are the flags of check.
type checkOptions struct {
	layout    layoutFlags
	cluster   *genericclioptions.ConfigFlags
	base      string
	committed bool
	all       bool
	outputs   []string
}

func newCheckCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := checkOptions{cluster: genericclioptions.NewConfigFlags(true)}
	cmd := &cobra.Command{
		Use:     "check [ENV[/MODEL]]...",
		Short:   "Say what a change would do, and whether policy lets it in",
		GroupID: groupEngineer,
		Long: `Compare what you have with the branch that it is to be merged into: what would be different in the cluster, what that
takes of GPUs and money, and what policy says, as the agent will decide after the merge.

Only what the change can affect is rendered and decided on. Policies, trust and exceptions are those of the branch, never
those of the change; a change of these is judged by the old ones. What is not committed yet is looked at too, unless
--committed is given.

It works from a clone alone, with its history. How releases are in other environments, whether there is room, and what
the API server's admission says is known only with --kubeconfig or --context.

The exit code is 0 when everything is admitted, 1 when something is held or invalid, and 2 when it could not be told.`,
		Example: `  # In a pull request's pipeline, or before you open one
  penstock check

  # Against another branch, with a comment for the pull request and a report for code scanning
  penstock check --base origin/release -o text -o markdown=comment.md -o sarif=penstock.sarif

  # With what the cluster knows
  penstock check prod --kubeconfig ~/.kube/config`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, streams, args) },
	}
	o.layout.add(cmd)
	o.cluster.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.base, "base", "", "what the change is to be merged into (default what the pipeline says, or else the remote's main branch)")
	cmd.Flags().BoolVar(&o.committed, "committed", false, "look at what is committed alone")
	cmd.Flags().BoolVar(&o.all, "all", false, "look also at units that the change cannot affect")
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", []string{"text"}, "text, markdown, json, sarif or junit; with =FILE into a file; may be repeated")
	return cmd
}

func (o *checkOptions) run(cmd *cobra.Command, streams genericiooptions.IOStreams, units []string) error {
	outputs, err := parseOutputs(o.outputs)
	if err != nil {
		return err
	}
	report, err := runCheck(cmd, o.layout, o.cluster, o.base, o.committed, check.Options{Select: units, All: o.all})
	if err != nil {
		return err
	}
	for _, out := range outputs {
		if err := out.write(streams.Out, report); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	if report.Verdict != policies.Hold {
		return nil
	}
	if slices.ContainsFunc(outputs, func(out output) bool { return out.file == "" }) {
		return &negativeError{} // the report says it
	}
	return &negativeError{report.Summary()}
}

// runCheck finds out what the change of the clone around the current directory would do.
func runCheck(cmd *cobra.Command, layout layoutFlags, flags *genericclioptions.ConfigFlags, base string, committed bool, o check.Options) (*check.Report, error) {
	clone, trees, err := openTrees(base, committed, layout.directories())
	if err != nil {
		return nil, err
	}
	defer clone.Close()
	live, stop, err := openLive(cmd, flags)
	if err != nil {
		return nil, err
	}
	defer stop()
	o.Layout, o.Live, o.Now = layout.Layout, live, time.Now().UTC().Truncate(time.Second)
	report, err := check.Run(cmd.Context(), render.New(), trees, o)
	return report, asInvalid(err)
}

// openLive connects to the cluster that flags name; without any of them no cluster is asked.
func openLive(cmd *cobra.Command, flags *genericclioptions.ConfigFlags) (check.Live, func(), error) {
	if !cmd.Flags().Changed("kubeconfig") && !cmd.Flags().Changed("context") {
		return nil, func() {}, nil
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("finding the cluster: %w", err)
	}
	live, err := cluster.Connect(cmd.Context(), config, versionName())
	if err != nil {
		return nil, nil, err
	}
	return live, live.Close, nil
}

// output is a format of the report, and where it goes.
type output struct {
	file   string // empty for standard output
	format func(io.Writer, *check.Report) error
}

// formats are those of reports.
var formats = map[string]func(io.Writer, *check.Report) error{
	"text": check.WriteText, "markdown": check.WriteMarkdown, "json": check.WriteJSON, "sarif": check.WriteSARIF, "junit": check.WriteJUnit,
}

func parseOutputs(wanted []string) ([]output, error) {
	var all []output
	for _, text := range wanted {
		name, file, toFile := strings.Cut(text, "=")
		format, known := formats[name]
		if !known {
			return nil, fmt.Errorf("--output %s: expected text, markdown, json, sarif or junit, each perhaps with =FILE", text)
		}
		if toFile && file == "" {
			return nil, fmt.Errorf("--output %s: expected a file behind =", text)
		}
		all = append(all, output{file: file, format: format})
	}
	return all, nil
}

func (o output) write(stdout io.Writer, report *check.Report) error {
	if o.file == "" {
		return o.format(stdout, report)
	}
	file, err := os.Create(o.file)
	if err != nil {
		return err
	}
	if err := o.format(file, report); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
