package main

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
)

func newAuditReleaseCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "release ID",
		Short: "Tell the life of a release through all environments",
		Long: `Tell all that happened to a release: when it ran where, how long it was healthy there, what was measured of it, how it was promoted,
held, taken back and replaced. The id is a short one, such as rel-3f2a91c, or the first digits of the digest.`,
		Example: `  penstock audit release rel-3f2a91c
  penstock audit release sha256:3f2a91c0d5b1 --html release.html`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := o.ask(cmd.Context(), streams.Out, func(ctx context.Context, a *audit.Auditor) (auditAnswer, error) {
				life, err := a.Release(ctx, args[0], o.unverified)
				if err != nil {
					return nil, err
				}
				return answerOf(life), nil
			})
			return err
		},
	}
	o.add(cmd)
	o.addUnverified(cmd)
	return cmd
}
