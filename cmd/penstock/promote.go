package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
)

// promoteOptions are the flags of promote.
type promoteOptions struct {
	layout   layoutFlags
	cluster  *genericclioptions.ConfigFlags
	from, to string
	into     string
	dryRun   bool
	offline  bool
	noPush   bool
	anyway   bool
	output   string
	forge    forgeFlags
}

func newPromoteCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := promoteOptions{cluster: genericclioptions.NewConfigFlags(true)}
	cmd := &cobra.Command{
		Use:     "promote MODEL --to ENV",
		Short:   "Propose a release for the next environment",
		GroupID: groupEngineer,
		Long: `Copy release.yaml of a model, byte for byte, from one environment to the next, in a commit with the evidence for it, push
that on a branch of its own, penstock/promote/ENV/MODEL, and open a pull request.

What is promoted is what the main branch of the remote has, and policy is asked as it will be after the merge. A pull
request is opened when only people are left to agree: approvals and signatures. With --anyway it is opened although other
gates are closed, and says so; the agent applies nothing before they open.

The commit is made and pushed by your own git, with its hooks, credentials and signing key. Your work tree, your index and
your branches are not touched. The forge is told from the URL of the remote, or by --forge; its token is read from
--token-file or from GITHUB_TOKEN, GITLAB_TOKEN or GITEA_TOKEN. Without one, the branch is pushed and printed.

The exit code is 0 when it is proposed, or for --dry-run when every gate is open, 1 when a gate is closed or something is
invalid, and 2 when it could not be told or done.`,
		Example: `  # What would happen, and which gates are open?
  penstock promote llama-3-8b --to prod --dry-run

  # Propose it
  penstock promote llama-3-8b --to prod

  # At a forge of your own
  penstock promote llama-3-8b --to prod --forge gitea --forge-url https://git.example.com --token-file ~/.gitea-token`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, streams, args[0]) },
	}
	o.layout.add(cmd)
	o.cluster.AddFlags(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&o.to, "to", "", "environment that is to have the release")
	flags.StringVar(&o.from, "from", "", "environment that has it (default the one that it is promoted from)")
	flags.StringVar(&o.into, "into", "", "branch of the remote that it is to be merged into (default the remote's main branch)")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show which gates are open, and push nothing")
	flags.BoolVar(&o.offline, "offline", false, "fetch nothing, and push nothing")
	flags.BoolVar(&o.noPush, "no-push", false, "make the commit, and print how to push it")
	flags.BoolVar(&o.anyway, "anyway", false, "propose it although gates are closed that wait for nobody")
	flags.StringVarP(&o.output, "output", "o", "text", "text or json")
	o.forge.add(flags)
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

// promotion is one run of promote.
type promotion struct {
	*promoteOptions
	model   string
	streams genericiooptions.IOStreams
	clone   *promote.Clone
	target  *source.Snapshot // the newest commit of the branch that it is merged into
	now     time.Time

	plan   *promote.Plan
	story  *promote.Story
	text   promote.Text
	gates  []promote.Gate
	report *check.Report
	commit string // the candidate
}

func (o *promoteOptions) run(cmd *cobra.Command, streams genericiooptions.IOStreams, model string) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("--output %s: expected text or json", o.output)
	}
	debug.SetGCPercent(400) // the process lives for a second or two
	clone, err := promote.OpenClone(".", streams.ErrOut)
	if err != nil {
		return err
	}
	defer clone.Close()
	clone.Offline = o.offline
	p := &promotion{promoteOptions: o, model: model, streams: streams, clone: clone, now: time.Now().UTC().Truncate(time.Second)}
	ctx := cmd.Context()
	if err := p.findTarget(ctx); err != nil {
		return err
	}
	p.plan, err = promote.New(render.New(), p.target, o.layout.Layout, promote.Request{Model: model, From: o.from, To: o.to})
	if refusal := new(promote.Refusal); errors.As(err, &refusal) && refusal.Rule == promote.SameRelease {
		return p.nothing(refusal)
	}
	if err != nil {
		return asInvalid(err)
	}
	if err := p.decide(cmd); err != nil {
		return err
	}
	return p.act(ctx)
}

// findTarget finds the commit that the promotion is made on.
func (p *promotion) findTarget(ctx context.Context) (err error) {
	if prefix := p.clone.Source().Prefix(); prefix != "" {
		return fmt.Errorf("this is %s of the repository; run it at its top", prefix)
	}
	if p.clone.URL(ctx) == "" {
		return fmt.Errorf("the clone has no remote %s, where a promotion is pushed to; add it with git remote add %[1]s URL", promote.Remote)
	}
	if p.into == "" {
		if p.into, err = p.clone.MainBranch(ctx); err != nil {
			return err
		}
	}
	if !p.offline {
		if err := p.clone.Fetch(ctx, p.into); err != nil {
			return err
		}
	}
	p.target, err = p.clone.Source().Resolve("refs/remotes/" + promote.Remote + "/" + p.into)
	return err
}

// nothing says that nothing is to be done, which is well.
func (p *promotion) nothing(refusal *promote.Refusal) error {
	if p.output == "json" {
		return p.writeJSON(p.streams.Out, &promote.Result{State: promote.None, Message: refusal.Problems[0].Message})
	}
	_, err := fmt.Fprintf(check.Printable(p.streams.Out), "nothing to promote: %s\n", refusal.Problems[0].Message)
	return err
}

// act pushes the promotion and opens the pull request, as far as that is wanted, and says what came of it.
func (p *promotion) act(ctx context.Context) error {
	out := check.Printable(p.streams.Out)
	if p.output == "text" {
		if err := p.write(out); err != nil {
			return err
		}
	}
	ready := promote.Ready(p.gates) && len(p.report.Problems) == 0
	switch {
	case p.dryRun:
		if p.output == "json" {
			if err := p.writeJSON(p.streams.Out, nil); err != nil {
				return err
			}
		}
		return p.verdict()
	case !ready && !p.anyway:
		if p.output == "json" {
			if err := p.writeJSON(p.streams.Out, nil); err != nil {
				return err
			}
		}
		return &negativeError{"it is not proposed, since gates are closed that wait for nobody; try again when they open, or propose it with --anyway"}
	case p.noPush || p.offline:
		return p.leave(out)
	}
	return p.propose(ctx, out)
}

// verdict is the exit code of a dry run.
func (p *promotion) verdict() error {
	for _, g := range p.gates {
		if g.State != promote.Open {
			return &negativeError{}
		}
	}
	if len(p.report.Problems) > 0 {
		return &invalidError{problems: p.report.Problems}
	}
	return nil
}

// leave says how to push what was made.
func (p *promotion) leave(out io.Writer) error {
	if p.output == "json" {
		return p.writeJSON(p.streams.Out, nil)
	}
	_, err := fmt.Fprintf(out, "\nmade commit %s and did not push it; to propose it:\n  git push %s %s:refs/heads/%s\n", p.commit, promote.Remote, p.commit, p.plan.Branch())
	return err
}
