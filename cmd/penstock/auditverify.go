package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
)

func newAuditVerifyCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o auditOptions
	var pin, chain bool
	cmd := &cobra.Command{
		Use:   "verify [ENV]...",
		Short: "Verify every signature and every fact, and hold them against Git",
		Long: `Verify the records of environments: that each commit is signed by a key that may, adds facts and changes nothing else; that the
facts are a chain without a gap; and that what they say of Git is so: source commits, digests of files and of rules, who made
and signed the changes, who approved them.

The first bad commit is named, with what is wrong with it and what that means. Note down the last fact of each environment,
which --pin prints, and give it to --expect the next time: a branch that was rewritten meanwhile, by whoever has the keys
too, cannot contain it.

The exit code is 0 when all holds, 1 when something is wrong, also when an environment lists keys and has no records, and 2
when it could not be told, as in a shallow clone.`,
		Example: `  penstock audit verify
  penstock audit verify prod --keys auditors-own-list.txt

  # What was noted last year is still there
  penstock audit verify --pin > noted.txt
  penstock audit verify --expect @noted.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var v *audit.Verification
			shown, err := o.ask(cmd.Context(), streams.Out, func(ctx context.Context, a *audit.Auditor) (answer auditAnswer, err error) {
				depth := audit.Git
				if chain {
					depth = audit.Chain
				}
				if v, err = a.Verify(ctx, depth, args...); err != nil {
					return nil, err
				}
				answer = answerOf(v)
				if pin {
					answer["text"] = v.WritePins
				}
				return answer, nil
			})
			if err != nil {
				return err
			}
			return outcomeError(v, shown && !pin)
		},
	}
	o.add(cmd)
	cmd.Flags().BoolVar(&pin, "pin", false, "print the last fact of each environment alone, as --expect takes it")
	cmd.Flags().BoolVar(&chain, "chain-only", false, "verify signatures and chains alone, which takes half the time")
	return cmd
}

// outcomeError is what the exit code tells of a verification.
func outcomeError(v *audit.Verification, shown bool) error {
	switch outcome := v.Outcome(); {
	case outcome == audit.Wrong && shown:
		return &negativeError{} // the answer says it
	case outcome == audit.Wrong:
		return &negativeError{v.Summary()}
	case outcome == audit.Untold:
		return errors.New(v.Summary())
	}
	return nil
}

// buffered writes in large pieces.
func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// splitUnit reads ENV or ENV/MODEL.
func splitUnit(text string) (environment, model string, err error) {
	for i := range text {
		if text[i] == '/' {
			environment, model = text[:i], text[i+1:]
			if environment == "" || model == "" {
				return "", "", fmt.Errorf("%q is no environment and no model; name it as in prod or prod/llama-3-8b", text)
			}
			return environment, model, nil
		}
	}
	return text, "", nil
}
