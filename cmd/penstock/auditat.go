package main

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
)

func newAuditAtCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "at DATE ENV",
		Short: "Tell what ran in an environment at a time, release by release",
		Long: `Tell what ran in an environment at a time: each model with its release, the revision of the model and the image, since when, how it
was then, who asked for it and who approved it.

The time is as in 2026-11-23T14:00:00Z, in any zone, a day such as 2026-11-23, of which the end in UTC is meant, or now. Times
of facts are by the clock of the agent that wrote them.`,
		Example: `  penstock audit at 2026-11-23 prod
  penstock audit at 2026-11-23T15:04:00+01:00 prod -o json
  penstock audit at now prod --html prod.html`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, words, err := audit.ParseTime(args[0], true, auditClock())
			if err != nil {
				return err
			}
			_, err = o.ask(cmd.Context(), streams.Out, func(ctx context.Context, a *audit.Auditor) (auditAnswer, error) {
				moment, err := a.At(ctx, args[1], at, words, o.unverified)
				if err != nil {
					return nil, err
				}
				return answerOf(moment), nil
			})
			return err
		},
	}
	o.add(cmd)
	o.addUnverified(cmd)
	return cmd
}
