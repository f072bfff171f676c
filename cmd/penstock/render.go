package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func newRenderCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "render ENV[/MODEL]",
		Short:   "Print the objects that a model becomes",
		GroupID: groupEngineer,
		Long: `Print, as YAML, the objects that the agent will apply for one model or for a whole environment.

It reads the clone that you are in, with your uncommitted changes, and needs neither network nor cluster. The
same files give the same bytes. Only the values of Secrets are left out.`,
		Example: `  # One model
  penstock render prod/llama-3-8b

  # What a change does to an environment
  penstock render prod > before.yaml   # then edit
  penstock render prod | diff before.yaml -`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := renderTree(path, args)
			if err != nil {
				return err
			}
			for i, objects := range all {
				if i > 0 {
					fmt.Fprintln(streams.Out, "---")
				}
				out, err := objects.Redacted().YAML()
				if err != nil {
					return err
				}
				if _, err := streams.Out.Write(out); err != nil {
					return err
				}
			}
			return nil
		},
	}
	addPathFlag(cmd, &path)
	return cmd
}
