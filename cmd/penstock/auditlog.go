package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
)

// auditLogOptions are the flags of audit log.
type auditLogOptions struct {
	auditOptions
	since, until string
	kinds        []string
}

func newAuditLogCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o auditLogOptions
	cmd := &cobra.Command{
		Use:   "log [ENV[/MODEL]]",
		Short: "Tell who asked, who approved, what policy said, what ran, and when",
		Long: `Tell the facts of an environment, or of a model in it, in their order: who asked for a change and whose signature proves it, who
approved it, what each policy said, what was done, and how it went.

As HTML it is a page with a timeline that needs nothing else, and prints.`,
		Example: `  penstock audit log prod/llama-3-8b
  penstock audit log prod --since 2026-11-01 --until 2026-11-30 --html november.html
  penstock audit log --kind Overridden --kind RolledBack -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := o.ask(cmd.Context(), streams.Out, func(ctx context.Context, a *audit.Auditor) (auditAnswer, error) { return o.answer(ctx, a, args) })
			return err
		},
	}
	o.add(cmd)
	o.addUnverified(cmd)
	cmd.Flags().StringVar(&o.since, "since", "", "facts from this time on: as in 2026-11-23T14:00:00Z, or a day, whose beginning in UTC is meant")
	cmd.Flags().StringVar(&o.until, "until", "", "facts until this time: the same, or a day, which is told to its end in UTC")
	cmd.Flags().StringSliceVar(&o.kinds, "kind", nil, "kinds of facts, such as Held,Overridden; may be repeated")
	return cmd
}

func (o *auditLogOptions) answer(ctx context.Context, a *audit.Auditor, args []string) (auditAnswer, error) {
	q, err := o.query(args)
	if err != nil {
		return nil, err
	}
	log, err := a.Log(ctx, q)
	if err != nil {
		return nil, err
	}
	return auditAnswer{
		"text": func(w io.Writer) error { return log.WriteText(ctx, w) },
		"json": func(w io.Writer) error { return log.WriteJSON(ctx, w) },
		"html": func(w io.Writer) error { return log.WriteHTML(ctx, w) },
	}, nil
}

func (o *auditLogOptions) query(args []string) (q audit.Query, err error) {
	q.Unverified = o.unverified
	if len(args) > 0 {
		if q.Environment, q.Model, err = splitUnit(args[0]); err != nil {
			return q, err
		}
	}
	if o.since != "" {
		if q.Since, _, err = audit.ParseTime(o.since, false, auditClock()); err != nil {
			return q, fmt.Errorf("--since: %w", err)
		}
	}
	if o.until != "" {
		if q.Until, _, err = audit.ParseTime(o.until, true, auditClock()); err != nil {
			return q, fmt.Errorf("--until: %w", err)
		}
		q.Until = q.Until.Add(time.Millisecond) // facts of just that time are meant too, and times have milliseconds
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Until.After(q.Since) {
		return q, fmt.Errorf("--until %s is before --since %s", o.until, o.since)
	}
	for _, name := range o.kinds {
		kind, err := audit.ParseKind(name)
		if err != nil {
			return q, fmt.Errorf("--kind: %w", err)
		}
		q.Kinds = append(q.Kinds, kind)
	}
	return q, nil
}
