package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/fit"
)

// fitOptions are the flags of fit.
type fitOptions struct {
	path, output string
	slices       bool
}

func newFitCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o fitOptions
	cmd := &cobra.Command{
		Use:     "fit FILE|ENV/MODEL",
		Short:   "Say whether a model fits into the memory of its GPUs, and of all others",
		GroupID: groupEngineer,
		Long: `Estimate what a model takes of the memory of each GPU, and whether requests of the wanted length fit beside it.

The argument is a file with a ModelDeployment, such as release.yaml, or a model of the clone that you are in.
What the file does not say of the model is taken from the catalogue of well-known models. First comes the
arithmetic for the GPUs that the descriptor asks for, line by line, and then a table of all known ones, each with
the smallest number of GPUs that will do and the largest context that fits.

The verdict is fits, tight (it may start, or not), does not fit, or unknown when something has to be said first.
What the engine could not serve whatever the memory, such as a split that the heads do not allow, is listed below.
The exit code is 1 when there is any of that, or when the model does not fit on the GPUs that it asks for.`,
		Example: `  # Before a model is deployed anywhere
  penstock fit environments/dev/llama-3-8b/release.yaml

  # A model with its GPUs, and the MIG slices that it would fit on
  penstock fit prod/llama-3-8b --slices`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(streams.Out, args[0]) },
	}
	addPathFlag(cmd, &o.path)
	cmd.Flags().BoolVar(&o.slices, "slices", false, "show MIG slices too")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "json, or empty for tables")
	return cmd
}

func (o fitOptions) run(out io.Writer, argument string) error {
	if o.output != "" && o.output != "json" {
		return fmt.Errorf("--output %s: expected json or nothing", o.output)
	}
	model, err := o.model(argument)
	if err != nil {
		return err
	}
	report, err := render.New().Fit(model)
	if err != nil {
		return asInvalid(err)
	}
	for i := range report.Problems {
		report.Problems[i].File = filepath.ToSlash(argument)
	}
	rows := fit.Survey(report.Model, report.Setup, o.slices)
	if o.output == "json" {
		err = writeFitJSON(out, report, rows)
	} else {
		err = writeFit(out, report, rows)
	}
	worst, ok := render.Worst(report.Fits)
	switch {
	case err != nil:
		return err
	case len(report.Problems) > 0:
		return &invalidError{problems: report.Problems}
	case ok && worst.Estimate.Verdict == fit.DoesNotFit:
		return &negativeError{fmt.Sprintf("%s does not fit on %s", model.Name, worst.Product.Name)}
	}
	return nil
}

// model reads the descriptor from a file, or renders it from a unit.
func (o fitOptions) model(argument string) (*v1alpha1.ModelDeployment, error) {
	data, err := os.ReadFile(argument)
	if os.IsNotExist(err) && strings.Count(argument, "/") == 1 && path.Ext(argument) == "" {
		all, err := renderTree(o.path, []string{argument})
		if err != nil {
			return nil, err
		}
		return all[0].Descriptor, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the descriptor: %w", err)
	}
	return decodeFile(filepath.ToSlash(argument), data)
}

// decodeFile decodes a file by itself, as it stands.
func decodeFile(name string, data []byte) (*v1alpha1.ModelDeployment, error) {
	file, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	for _, d := range file.Documents {
		if d.Kind() != v1alpha1.ModelDeploymentKind {
			continue
		}
		floating := true // this is about sizes
		environment := &environments.Environment{Name: "any", Dir: path.Dir(name)}
		environment.Spec.AllowFloatingRevisions = &floating
		unit := &environments.Unit{Environment: environment, Name: d.Name(), Dir: path.Dir(name)}
		model, problems := environments.Decode(unit, d.Object(), []*document.File{file})
		if len(problems) > 0 {
			return nil, &invalidError{problems: problems}
		}
		return model, nil
	}
	return nil, &invalidError{problems: problem.List{{
		File: name, Rule: problem.WrongKind, Message: "there is no " + v1alpha1.ModelDeploymentKind + " in it",
		Mend: "name a file such as release.yaml, or a model of the clone, as in prod/llama-3-8b",
	}}}
}

func writeFit(out io.Writer, report render.FitReport, rows []fit.Row) error {
	for _, f := range report.Fits {
		fmt.Fprintf(out, "On %s:\n\n", f.Product.Name)
		if err := fit.WriteArithmetic(out, f.Estimate); err != nil {
			return err
		}
		if advice := fit.Advise(report.Model, report.Setup, f.Product); advice != "" {
			fmt.Fprintf(out, "\nTo mend it, %s.\n", advice)
		}
		fmt.Fprintln(out)
	}
	return fit.Table(out, report.Model, report.Setup, rows)
}

func writeFitJSON(out io.Writer, report render.FitReport, rows []fit.Row) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"model": report.Model, "setup": report.Setup, "accelerator": report.Fits, "products": rows, "problems": report.Problems})
}
