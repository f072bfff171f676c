package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render"
)

func newValidateCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var layout layoutFlags
	cmd := &cobra.Command{
		Use:     "validate [ENV[/MODEL]]...",
		Short:   "Check descriptors and rules, and say what is wrong where",
		GroupID: groupEngineer,
		Long: `Check the environments, models and rules of the clone that you are in, as the agent will read them.

Every environment.yaml and every descriptor is decoded strictly, every model is rendered, and no two models may
claim one object. Policies are compiled, with those of the cluster in policies/cluster, and exceptions, trusted keys,
windows and the choice of policies have to make sense. A model that is too large for its GPUs gets a warning, and so
does a GPU that nobody knows. No cluster is needed. Each problem is printed with its file, line and field, what was
expected, and how to mend it. The exit code is 0 when all is well, 1 when there are problems, and 2 when it could not be
told. What policies say of a change is told by 'penstock check'.`,
		Example: `  # Everything
  penstock validate

  # One environment, and one model of another
  penstock validate staging prod/llama-3-8b`,
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := validate(layout.WithDefaults(), args)
			if err != nil {
				return err
			}
			warnOfMemory(streams.ErrOut, all)
			warnOfGPUs(streams.ErrOut, all)
			_, err = fmt.Fprintf(streams.Out, "%d models are valid\n", len(all))
			return err
		},
	}
	layout.add(cmd)
	return cmd
}

// validate renders the selected units, or all of them, and reads the rules. The error carries every problem of both.
func validate(layout gate.Layout, selected []string) ([]*render.Objects, error) {
	tree, part, err := loadTree(layout.Environments, selected)
	if err != nil {
		return nil, err
	}
	all, problems := renderUnits(part)
	if problems = append(problems, ruleProblems(layout, tree, part)...); len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	return all, nil
}

// ruleProblems are what is wrong with the rules of all environments, and with those that the selected ones choose.
func ruleProblems(layout gate.Layout, tree, part *environments.Tree) problem.List {
	root := os.DirFS(".")
	_, problems := admission.Load(root, layout.ClusterPolicies())
	rules, wrong := gate.LoadRules(root, layout, tree)
	if rules == nil {
		return append(problems, wrong...)
	}
	for _, p := range rules.Problems() {
		if slices.ContainsFunc(part.Environments, func(e *environments.Environment) bool { return strings.HasPrefix(p.File, e.Dir+"/") }) {
			problems = append(problems, p)
		}
	}
	return problems
}

// warnOfMemory tells of models that are too large for their GPUs, or only just not. The estimate is no proof, so
// they are valid all the same.
func warnOfMemory(out io.Writer, all []*render.Objects) {
	for _, objects := range all {
		if text := objects.MemoryWarning(); text != "" {
			fmt.Fprintf(out, "warning: %s on %s\n", objects.Unit.ID(), text)
		}
	}
}

// warnOfGPUs tells of GPUs and slices that the catalogue does not know. The nodes decide what there is, so they are
// valid all the same.
func warnOfGPUs(out io.Writer, all []*render.Objects) {
	for _, objects := range all {
		for _, unfamiliar := range render.Unfamiliar(objects.Descriptor) {
			fmt.Fprintf(out, "warning: %s: %v\n", objects.Unit.ID(), unfamiliar)
		}
	}
}

func addPathFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "path", agent.DefaultPath, "directory of the environments, below the current one")
}

// renderTree renders the selected units, or all of them, of the working directory. The error carries every
// problem of every unit, so that one run of the command shows them all.
func renderTree(path string, selected []string) ([]*render.Objects, error) {
	_, part, err := loadTree(path, selected)
	if err != nil {
		return nil, err
	}
	all, problems := renderUnits(part)
	if len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	return all, nil
}

// loadTree loads the environments of the working directory, and the part of them that was selected.
func loadTree(path string, selected []string) (tree, part *environments.Tree, err error) {
	tree, err = environments.Load(os.DirFS("."), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w; run this in a clone of the repository, or give --path", err)
	}
	if err != nil {
		return nil, nil, asInvalid(err)
	}
	part, err = tree.Select(selected...)
	return tree, part, err
}

// renderUnits renders all units of a tree of the working directory.
func renderUnits(tree *environments.Tree) (all []*render.Objects, problems problem.List) {
	problems = tree.Problems()
	for _, done := range render.New().RenderAll(context.Background(), os.DirFS("."), tree.Units) {
		switch known := len(done.Unit.Problems) + len(done.Unit.Environment.Problems); {
		case done.Err == nil:
			all = append(all, done.Objects)
		case known == 0: // or the tree has them already
			problems = append(problems, problem.Of(done.Err)...)
		}
	}
	return all, problems
}
