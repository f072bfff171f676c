package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
)

func newAuditReplayCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o auditOptions
	var all bool
	cmd := &cobra.Command{
		Use:   "replay ENV SEQUENCE",
		Short: "Render and decide again, and compare with what was recorded",
		Long: `Render the unit of a fact again from Git, at the commit that was recorded, decide again by the rules, the evidence, the approvals and
the clock that were, and compare: files, content, objects, release, rules, each finding and the verdict.

What differs is told with what may explain it: another version of Penstock may render otherwise. What only the cluster knew,
such as whether there was room, cannot be replayed, and is taken from the record where it is there.

The exit code is 0 when all agrees, 1 when something differs, and 2 when it could not be told.`,
		Example: `  penstock audit replay prod 41
  penstock audit replay prod#41 -o json
  penstock audit replay prod --all`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			environment, sequence, err := whichFact(args, all)
			if err != nil {
				return err
			}
			var made *audit.Replays
			shown, err := o.ask(cmd.Context(), streams.Out, func(ctx context.Context, a *audit.Auditor) (answer auditAnswer, err error) {
				if all {
					made, err = a.ReplayAll(ctx, environment, o.unverified)
				} else {
					made, err = a.Replay(ctx, environment, sequence, o.unverified)
				}
				if err != nil {
					return nil, err
				}
				return answerOf(made), nil
			})
			if err != nil {
				return err
			}
			return replayError(made, shown)
		},
	}
	o.add(cmd)
	o.addUnverified(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "replay all facts of the environment, and tell those that do not agree")
	return cmd
}

// whichFact reads ENV SEQUENCE, ENV#SEQUENCE or, for all of them, ENV.
func whichFact(args []string, all bool) (environment string, sequence uint64, err error) {
	parts := args
	if len(parts) == 1 {
		if name, number, both := strings.Cut(parts[0], "#"); both {
			parts = []string{name, number}
		}
	}
	switch {
	case all && len(parts) == 1:
		return parts[0], 0, nil
	case all:
		return "", 0, errors.New("--all replays all facts of an environment: name that alone")
	case len(parts) != 2:
		return "", 0, errors.New("name the environment and the number of the fact, as in prod 41 or prod#41; or --all for all of an environment")
	}
	if sequence, err = strconv.ParseUint(parts[1], 10, 64); err != nil || sequence == 0 {
		return "", 0, fmt.Errorf("%q is no number of a fact; penstock audit log shows them, as in #41", parts[1])
	}
	return parts[0], sequence, nil
}

// replayError is what the exit code tells of replays.
func replayError(made *audit.Replays, shown bool) error {
	switch {
	case made.Differ > 0 && shown:
		return &negativeError{} // the answer says it
	case made.Differ > 0:
		return &negativeError{made.Summary()}
	case made.Untold > 0:
		return errors.New(made.Summary())
	}
	return nil
}
