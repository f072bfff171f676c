package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
)

// approveOptions are the flags of approve.
type approveOptions struct {
	layout   layoutFlags
	base     string
	key      string
	as       string
	expires  time.Duration
	removal  bool
	dryRun   bool
	noCommit bool
}

func newApproveCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := approveOptions{}
	cmd := &cobra.Command{
		Use:     "approve ENV/MODEL | rules",
		Short:   "Sign that you agree to what a model is now",
		GroupID: groupEngineer,
		Long: `Sign, with your SSH key, that you agree to a model as it is in the commit that you have checked out, and commit the
signature beside it. Whoever merges needs it where the policy approvals asks for it.

What you approve are the bytes of every file that the model reads, in its own directory and in its bases, in this
environment, until the approval ends. It survives a squash and a rebase, and is void as soon as one of the files changes.
What is not committed cannot be approved.

With "rules" you approve a change of policies, exceptions, trust or what an environment.yaml rules.

The key is that of --key, or else git's user.signingkey if gpg.format is ssh, or else ~/.ssh/id_ed25519. Of a key in
ssh-agent give the .pub file. It counts when trust/allowed_signers lists it on the branch that is merged into.`,
		Example: `  # Agree to what is checked out, for a week, and push that
  penstock approve prod/llama-3-8b && git push

  # See what would be signed
  penstock approve prod/llama-3-8b --dry-run

  # Agree that a model goes, in the branch that deletes it
  penstock approve prod/llama-3-8b --removal

  # Agree to a change of the rules, with a key in ssh-agent
  penstock approve rules --key ~/.ssh/work.pub --expires 72h`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), streams, args[0], time.Now())
		},
	}
	o.layout.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.key, "key", "", "file of your private key or, for one in ssh-agent, of the public key (default git's signing key)")
	flags.StringVar(&o.as, "as", "", "who you are in trust/allowed_signers; names the file (default git's user.email)")
	flags.DurationVar(&o.expires, "expires", 7*24*time.Hour, "how long the approval counts, at most 2160h (90 days)")
	flags.BoolVar(&o.removal, "removal", false, "approve that the model is removed")
	flags.StringVar(&o.base, "base", "", "what the change is to be merged into, as in check; for --removal and rules")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the text that would be signed, and do nothing")
	flags.BoolVar(&o.noCommit, "no-commit", false, "write the file and leave the commit to you")
	return cmd
}

func (o *approveOptions) run(ctx context.Context, streams genericiooptions.IOStreams, name string, now time.Time) error {
	now = now.UTC().Truncate(time.Second)
	o.layout.Layout = o.layout.WithDefaults()
	if o.expires < time.Second || o.expires > approval.MaxLifetime {
		return fmt.Errorf("--expires %v: an approval counts for one second at least and 2160h (90 days) at most", o.expires)
	}
	clone, head, err := openHead()
	if err != nil {
		return err
	}
	defer clone.Close()
	what, err := o.find(clone, head, name)
	if err != nil {
		return err
	}
	if err := what.checkCommitted(clone); err != nil {
		return err
	}
	statement := approval.Statement{Unit: what.unit, Content: what.content, Expires: now.Add(o.expires.Truncate(time.Second))}
	if o.dryRun {
		if err := show(streams.ErrOut, what, statement); err != nil {
			return err
		}
		_, err := streams.Out.Write(statement.Text())
		return err
	}
	return o.sign(ctx, streams, head, what, statement, now)
}

// openHead opens the clone that is at the current directory, and the commit that is checked out.
func openHead() (*source.Clone, *source.Snapshot, error) {
	clone, err := source.OpenClone(".")
	if err != nil {
		return nil, nil, err
	}
	var head *source.Snapshot
	switch prefix := clone.Prefix(); {
	case clone.Root() == "":
		err = errors.New("the clone is bare and has no files; run this in one with a work tree")
	case prefix != "":
		err = fmt.Errorf("this is %s of the repository; run it at its top", prefix)
	default:
		head, err = clone.Resolve("HEAD")
	}
	if err != nil {
		clone.Close()
		return nil, nil, err
	}
	return clone, head, nil
}

// sign shows what is approved, signs it and keeps the signature.
func (o *approveOptions) sign(ctx context.Context, streams genericiooptions.IOStreams, head fs.FS, what *approved, s approval.Statement, now time.Time) error {
	git := gitCommand{ctx: ctx, errOut: streams.ErrOut}
	if o.as == "" {
		if o.as = git.config("user.email"); o.as == "" {
			return errors.New("nothing says who you are; set git config user.email, or give --as")
		}
	}
	keys := openKeys(git)
	defer keys.Close()
	signer, err := keys.find(o.key)
	if err != nil {
		return err
	}
	if err := show(streams.Out, what, s); err != nil {
		return err
	}
	o.tellTrust(streams, head, signer.PublicKey(), s, now)
	armored, err := approval.Sign(signer, s)
	if err != nil {
		return err
	}
	return o.keep(streams, git, head, what, s, approval.Marshal(approval.Label(o.as), s, armored))
}

// keep writes the file with an approval, and commits it.
func (o *approveOptions) keep(streams genericiooptions.IOStreams, git gitCommand, head fs.FS, what *approved, s approval.Statement, text []byte) error {
	file := path.Join(what.dir, approval.FileName(o.as))
	if err := writeBelow(".", file, text); err != nil {
		return fmt.Errorf("writing the approval: %w", err)
	}
	if committed, err := fs.ReadFile(head, file); err == nil && bytes.Equal(committed, text) { // twice within a second
		_, err := fmt.Fprintf(streams.Out, "%s is committed already; push it\n", file)
		return err
	}
	if o.noCommit {
		_, err := fmt.Fprintf(streams.Out, "wrote %s; commit and push it\n", file)
		return err
	}
	message := fmt.Sprintf("It approves %s\nuntil %s.", s.Content, s.Expires.Format(time.RFC3339))
	if err := git.commit(file, "Approve "+what.title, message); err != nil {
		return err
	}
	_, err := fmt.Fprintf(streams.Out, "committed %s; push it\n", file)
	return err
}

// show says what is approved.
func show(out io.Writer, what *approved, s approval.Statement) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range slices.Concat(what.rows, [][2]string{{"content", s.Content}, {"until", s.Expires.Format(time.RFC3339)}}) {
		fmt.Fprintf(w, "%s\t%s\n", row[0], visible(row[1]))
	}
	return w.Flush()
}

// visible is text without what a terminal would obey: somebody is asked to agree to just what they see.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// tellTrust says whose the key is, as far as the checked out trust file knows, and warns if it will not count.
func (o *approveOptions) tellTrust(streams genericiooptions.IOStreams, head fs.FS, key ssh.PublicKey, s approval.Statement, now time.Time) {
	warn := func(format string, args ...any) { fmt.Fprintf(streams.ErrOut, "warning: "+format+"\n", args...) }
	file := o.layout.Signers()
	data, err := fs.ReadFile(head, file)
	if err != nil {
		warn("%s is not there, so that no approval counts: %v", file, err)
		return
	}
	signers, problems := trust.ParseSigners(file, data)
	if len(problems) > 0 {
		warn("nobody is trusted, so that no approval counts: %v", problems[0])
		return
	}
	names, err := signers.Allows(key, s.Namespace(), now)
	if err != nil {
		warn("it will not count: %v", err)
		return
	}
	fmt.Fprintf(streams.Out, "signing as %s, with %s\n", strings.Join(names, ", "), fingerprintOf(key))
	isPattern := func(name string) bool { return strings.ContainsAny(name, "*?") }
	if !slices.Contains(names, o.as) && !slices.ContainsFunc(names, isPattern) {
		warn("%s does not list the key for %s; give --as %s", file, o.as, names[0])
	}
}

// fingerprintOf is that of a key or, of a certificate, of the key that it certifies.
func fingerprintOf(key ssh.PublicKey) string {
	if certificate, ok := key.(*ssh.Certificate); ok {
		key = certificate.Key
	}
	return ssh.FingerprintSHA256(key)
}

// sameKey says whether two public keys are one.
func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
