package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/source"
)

// auditOptions are the flags that all questions of an auditor have.
type auditOptions struct {
	layout     layoutFlags
	clone      string
	revision   string
	keys       string
	expect     []string
	unverified bool
	outputs    []string
	html       string
}

func newAuditCommand(streams genericiooptions.IOStreams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Answer an auditor's questions from a clone alone",
		GroupID: groupAuditor,
		Long: `Answer an auditor's questions offline, from a clone alone: what ran, who asked for it, who approved it, what policy said, and
whether all of that can be proven. Nothing but Git is read, and no git is run.

Agents write what they do on the branches penstock/records/ENV, signed and chained. A clone has them after
  ` + audit.Fetch + `

Which keys may sign them is listed in environment.yaml under spec.records.keys, as --revision has it; --keys gives a list of
your own in its place. Every question verifies signatures and chains first. Of records that do not hold nothing is told,
unless --unverified asks for what comes before the first bad commit; then each line is marked.

The exit code is 0 when all is well, 1 when something is wrong, and 2 when it could not be told.`,
		Example: `  # Is everything as it was written?
  penstock audit verify

  # What ran in prod on that day, and who let it in?
  penstock audit at 2026-11-23 prod`,
	}
	cmd.AddCommand(newAuditVerifyCommand(streams), newAuditLogCommand(streams), newAuditAtCommand(streams), newAuditReleaseCommand(streams), newAuditReplayCommand(streams))
	return cmd
}

func (o *auditOptions) add(cmd *cobra.Command) {
	o.layout.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.clone, "clone", ".", "directory of the clone")
	flags.StringVar(&o.revision, "revision", "HEAD", "the branch that the agents follow, or a commit of it")
	flags.StringVar(&o.keys, "keys", "", "file with the keys that may sign, in the place of environment.yaml: public keys, or lines of allowed_signers for penstock@ENV")
	flags.StringArrayVar(&o.expect, "expect", nil, "a fact that was noted before, as in prod=41:sha256:…, or @FILE with one a line; may be repeated")
	flags.StringArrayVarP(&o.outputs, "output", "o", []string{"text"}, "text, json or html; with =FILE into a file; may be repeated")
	flags.StringVar(&o.html, "html", "", "file for a page beside the output; the same as -o html=FILE")
}

// addUnverified adds the flag of questions that tell facts.
func (o *auditOptions) addUnverified(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.unverified, "unverified", false, "of records that are broken, tell what comes before the first bad commit, and mark it")
}

// auditAnswer is how an answer is written.
type auditAnswer map[string]func(io.Writer) error

// answerOf is an answer that is a struct.
func answerOf(value interface {
	WriteText(io.Writer) error
	WriteHTML(io.Writer) error
}) auditAnswer {
	return auditAnswer{"text": value.WriteText, "html": value.WriteHTML, "json": func(w io.Writer) error { return audit.WriteJSON(w, value) }}
}

// ask opens the clone, has a question answered, and writes the answer. It returns whether it was written to standard output.
func (o *auditOptions) ask(ctx context.Context, stdout io.Writer, question func(context.Context, *audit.Auditor) (auditAnswer, error)) (shown bool, err error) {
	outputs, err := o.parseOutputs()
	if err != nil {
		return false, err
	}
	clone, err := source.OpenClone(o.clone)
	if err != nil {
		return false, err
	}
	defer clone.Close()
	auditor, err := o.open(clone)
	if err != nil {
		return false, err
	}
	answer, err := question(ctx, auditor)
	if err != nil {
		return false, brokenAnswer(err)
	}
	for _, out := range outputs {
		if err := writeOutput(out.file, stdout, answer[out.name]); err != nil {
			return false, fmt.Errorf("writing the answer: %w", err)
		}
		shown = shown || out.file == ""
	}
	return shown, nil
}

// open reads the auditor's own files.
func (o *auditOptions) open(clone *source.Clone) (*audit.Auditor, error) {
	config := audit.Config{Clone: clone, Layout: o.layout.Layout, Revision: o.revision, Version: versionName(), Now: auditClock().UTC().Truncate(time.Millisecond)}
	if o.keys != "" {
		data, err := os.ReadFile(o.keys)
		if err != nil {
			return nil, fmt.Errorf("reading the keys: %w", err)
		}
		file, problems := audit.ParseKeys(o.keys, data)
		if len(problems) > 0 {
			return nil, fmt.Errorf("reading the keys: %w", problems)
		}
		config.Keys = file
	}
	for _, text := range o.expect {
		pins, err := readPins(text)
		if err != nil {
			return nil, fmt.Errorf("--expect: %w", err)
		}
		config.Expect = append(config.Expect, pins...)
	}
	return audit.Open(config)
}

// auditClock is the clock; tests set it.
var auditClock = time.Now

func readPins(text string) ([]audit.Pin, error) {
	if file, isFile := strings.CutPrefix(text, "@"); isFile {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return audit.ParsePins(data)
	}
	pin, err := audit.ParsePin(text)
	return []audit.Pin{pin}, err
}

// auditOutput is a format and where it goes.
type auditOutput struct{ name, file string }

func (o *auditOptions) parseOutputs() ([]auditOutput, error) {
	wanted := o.outputs
	if o.html != "" {
		wanted = append(wanted[:len(wanted):len(wanted)], "html="+o.html)
	}
	var all []auditOutput
	for _, text := range wanted {
		name, file, toFile := strings.Cut(text, "=")
		if name != "text" && name != "json" && name != "html" {
			return nil, fmt.Errorf("--output %s: expected text, json or html, each perhaps with =FILE", text)
		}
		if toFile && file == "" {
			return nil, fmt.Errorf("--output %s: expected a file behind =", text)
		}
		all = append(all, auditOutput{name: name, file: file})
	}
	return all, nil
}

// writeOutput writes to a file, or to standard output without one.
func writeOutput(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "" {
		return buffered(stdout, write)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := buffered(file, write); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// brokenAnswer is the answer no, where records do not hold.
func brokenAnswer(err error) error {
	var broken *audit.BrokenError
	if errors.As(err, &broken) {
		return &negativeError{broken.Error()}
	}
	return err
}
