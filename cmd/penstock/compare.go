package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/compare"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	layout   layoutFlags
	revision string
	output   string
	markdown bool
	exitCode bool
}

func newCompareCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := compareOptions{}
	cmd := &cobra.Command{
		Use:     "compare ENV ENV... [MODEL]",
		Short:   "Show how environments differ, model by model",
		GroupID: groupEngineer,
		Long: `Show how the same models differ between environments: which release each has, what differs in it and in its placement, how
many changes of release.yaml lie between them and since when, and by what rules the environments themselves live.

Models are built as the agent builds them, so that only what means something else differs. With more than two
environments it is a table of releases. What is not committed yet is compared too, unless --revision names a commit.

The exit code is 0, or 1 with --exit-code when something differs, and 2 when it could not be told.`,
		Example: `  # What is different in prod?
  penstock compare dev prod

  # One model, and a month ago
  penstock compare staging prod llama-3-8b --revision 'main~20'

  # Which release is where?
  penstock compare dev staging prod`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, streams.Out, args) },
	}
	o.layout.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.revision, "revision", "", "commit to look at (default the files as they are)")
	flags.StringVarP(&o.output, "output", "o", "text", "text, json or markdown")
	flags.BoolVar(&o.markdown, "markdown", false, "the same as --output markdown")
	flags.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when something differs")
	return cmd
}

func (o *compareOptions) run(cmd *cobra.Command, out io.Writer, args []string) error {
	formats := map[string]func(io.Writer, *compare.Report) error{"text": compare.WriteText, "json": compare.WriteJSON, "markdown": compare.WriteMarkdown}
	if o.markdown {
		o.output = "markdown"
	}
	write, known := formats[o.output]
	if !known {
		return fmt.Errorf("--output %s: expected text, json or markdown", o.output)
	}
	clone, err := source.OpenClone(".")
	if err != nil {
		return err
	}
	defer clone.Close()
	tree, past, uncommitted, err := o.open(clone)
	if err != nil {
		return err
	}
	wanted := compare.Options{Layout: o.layout.Layout}
	if wanted.Environments, wanted.Model, err = o.read(tree, args); err != nil {
		return err
	}
	report, err := compare.Run(cmd.Context(), render.New(), tree, past, wanted)
	if err != nil {
		return asInvalid(err)
	}
	report.Uncommitted = uncommitted
	if err := write(out, report); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if o.exitCode && report.Differs() {
		return &negativeError{}
	}
	return nil
}

// open finds what is compared: a commit, or the files as they are.
func (o *compareOptions) open(clone *source.Clone) (source.Tree, compare.Past, int, error) {
	past := compare.Past{History: clone.History(), At: clone.At}
	if prefix := clone.Prefix(); prefix != "" {
		return nil, past, 0, fmt.Errorf("this is %s of the repository; run it at its top", prefix)
	}
	revision := o.revision
	if revision == "" {
		revision = "HEAD"
	}
	head, err := clone.Resolve(revision)
	if source.KindOf(err) == source.RepositoryEmpty && o.revision == "" {
		work, err := clone.WorkTree()
		return work, compare.Past{}, 0, err
	}
	if err != nil {
		return nil, past, 0, err
	}
	past.Commit = head.Commit().Hash
	if o.revision != "" || clone.Root() == "" {
		return head, past, 0, nil
	}
	work, err := clone.WorkTree()
	if err != nil {
		return nil, past, 0, err
	}
	dirty, err := work.Dirty(o.layout.directories()...)
	if err != nil || len(dirty) == 0 {
		return head, past, 0, err
	}
	return work, past, len(dirty), nil
}

// read tells environments and a model apart: the last argument is a model if no environment has its name.
func (o *compareOptions) read(tree source.Tree, args []string) (names []string, model string, err error) {
	all, err := environments.Load(tree, o.layout.Environments)
	if err != nil {
		return nil, "", err
	}
	isEnvironment := func(name string) bool {
		return slices.ContainsFunc(all.Environments, func(e *environments.Environment) bool {
			return e.Name == strings.Trim(name, "/") || e.Dir == strings.Trim(name, "/")
		})
	}
	last := args[len(args)-1]
	isModel := slices.ContainsFunc(all.Units, func(u *environments.Unit) bool { return u.Name == last })
	if len(args) > 2 && !isEnvironment(last) || isModel && !isEnvironment(last) {
		return args[:len(args)-1], last, nil
	}
	return args, "", nil
}
