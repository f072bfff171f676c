package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/policies"
)

// explainOptions are the flags of explain.
type explainOptions struct {
	layout  layoutFlags
	cluster *genericclioptions.ConfigFlags
	base    string
	input   bool
}

func newExplainCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := explainOptions{cluster: genericclioptions.NewConfigFlags(true)}
	cmd := &cobra.Command{
		Use:     "explain ENV/MODEL",
		Short:   "Show what each policy says of a model, and what it sees",
		GroupID: groupEngineer,
		Long: `Show which policies judge a model, what each of them says, and what is known that they judge by.

With --input it prints all that a policy can see of the model, as JSON: the names are those of the variables in an
expression. What is absent is not known here; with --kubeconfig the cluster is asked.`,
		Example: `  # Why is it held?
  penstock explain prod/llama-3-8b

  # What can a rule refer to?
  penstock explain prod/llama-3-8b --input | jq .gpu`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, streams.Out, args[0]) },
	}
	o.layout.add(cmd)
	o.cluster.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.base, "base", "", "what the change is to be merged into, as in check")
	cmd.Flags().BoolVar(&o.input, "input", false, "print what policies see, as JSON")
	return cmd
}

func (o *explainOptions) run(cmd *cobra.Command, out io.Writer, unit string) error {
	report, err := runCheck(cmd, o.layout, o.cluster, o.base, false, check.Options{Select: []string{unit}, All: true, Everything: true})
	if err != nil {
		return err
	}
	one, err := onlyUnit(report, unit)
	if err != nil {
		return err
	}
	if o.input {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(one.Outcome.Input)
	}
	return explain(out, report, one)
}

// onlyUnit is the one unit of a report, if it was decided on.
func onlyUnit(report *check.Report, name string) (check.Unit, error) {
	switch {
	case len(report.Units) == 0 && len(report.Problems) > 0:
		return check.Unit{}, &invalidError{problems: report.Problems}
	case len(report.Units) != 1:
		return check.Unit{}, fmt.Errorf("%s is not one model; name it as in prod/llama-3-8b", name)
	case report.Units[0].Outcome == nil:
		return check.Unit{}, &invalidError{problems: report.Units[0].Problems}
	}
	return report.Units[0], nil
}

// explain writes a table of the policies, and then the unit's part of the report.
func explain(out io.Writer, report *check.Report, unit check.Unit) error {
	w := tabwriter.NewWriter(out, 0, 8, 3, ' ', 0)
	fmt.Fprintln(w, "POLICY\tSAYS")
	for _, name := range unit.Outcome.Evaluated {
		fmt.Fprintf(w, "%s\t%s\n", name, saying(unit.Outcome.Findings, name))
	}
	for _, name := range unit.Outcome.Skipped {
		fmt.Fprintf(w, "%s\tis not about this change\n", name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return check.WriteText(out, report)
}

// saying is what a policy says, in a word.
func saying(findings []policies.Finding, policy string) string {
	about := func(f policies.Finding) bool { return f.Policy == policy }
	switch {
	case slices.ContainsFunc(findings, func(f policies.Finding) bool { return about(f) && f.Holds() }):
		return "holds it"
	case slices.ContainsFunc(findings, about):
		return "has something to tell"
	}
	return "has nothing against it"
}
