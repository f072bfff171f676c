package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/promote"
)

// forgeFlags say where pull requests are opened.
type forgeFlags struct {
	kind, url, repository, tokenFile string
}

func (f *forgeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.kind, "forge", "", "github, gitlab or gitea, which is also Forgejo (default what the URL of the remote tells)")
	flags.StringVar(&f.url, "forge-url", "", "URL of the forge (default that of the remote's host)")
	flags.StringVar(&f.repository, "forge-repository", "", "owner/name at the forge (default what the URL of the remote says)")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the forge's token (default GITHUB_TOKEN, GITLAB_TOKEN or GITEA_TOKEN)")
}

// open is the forge, or nil and why there is none.
func (f *forgeFlags) open(remote string) (forge.Forge, string, error) {
	config, err := f.config(remote)
	if err != nil {
		if f.kind != "" {
			return nil, "", err
		}
		return nil, "which forge it is, the URL of the remote does not tell; give --forge to have a pull request opened", nil
	}
	variable := strings.ToUpper(string(config.Kind)) + "_TOKEN"
	if config.TokenFile = f.tokenFile; config.TokenFile == "" {
		config.Token = strings.TrimSpace(os.Getenv(variable))
	}
	if config.Token == "" && config.TokenFile == "" {
		if f.kind != "" {
			return nil, "", fmt.Errorf("--forge %s: there is no token; give --token-file, or set %s", f.kind, variable)
		}
		return nil, fmt.Sprintf("there is no token for %s; set %s, or give --token-file, to have a pull request opened", config.Kind, variable), nil
	}
	hub, err := forge.New(config)
	return hub, "", err
}

// config is where the forge is, without the token.
func (f *forgeFlags) config(remote string) (forge.Config, error) {
	kind, url, repository, err := forge.Detect(remote)
	c := forge.Config{Kind: kind, URL: url, Repository: repository}
	if f.kind == "" {
		return c, err
	}
	if c.Kind = forge.Kind(f.kind); c.Kind != kind {
		c.URL = ""
	}
	if f.url != "" {
		c.URL = f.url
	}
	if f.repository != "" {
		c.Repository = f.repository
	} else if c.Repository == "" {
		if c.Repository, err = forge.RepositoryOf(remote); err != nil {
			return c, fmt.Errorf("--forge %s: %w; or give --forge-repository", f.kind, err)
		}
	}
	return c, nil
}

// propose pushes the branch and opens the pull request.
func (p *promotion) propose(ctx context.Context, out io.Writer) error {
	hub, why, err := p.forge.open(p.clone.URL(ctx))
	if err != nil {
		return err
	}
	result, err := promote.Reconcile(ctx, p.clone, hub, promote.Wanted{
		To: p.plan.To, Model: p.plan.Model, Into: p.into, Target: p.target, Plan: p.plan, Text: p.text, Commit: p.commit,
	})
	if err != nil {
		return err
	}
	if p.output == "json" {
		if err := p.writeJSON(p.streams.Out, &result); err != nil {
			return err
		}
	} else if err := tellResult(out, p, result, why); err != nil {
		return err
	}
	if result.State == promote.Stopped || result.State == promote.Declined {
		return &negativeError{result.Message}
	}
	return nil
}

// tellResult says what came of it.
func tellResult(out io.Writer, p *promotion, result promote.Result, why string) error {
	for _, action := range result.Did {
		if action == promote.BranchPushed {
			fmt.Fprintf(out, "pushed %.12s to %s\n", result.Commit, result.Branch)
		}
	}
	var err error
	switch result.State {
	case promote.Proposed:
		did := "open already"
		if n := len(result.Did); n > 0 && result.Did[n-1] != promote.BranchPushed {
			did = string(result.Did[n-1])
		}
		_, err = fmt.Fprintf(out, "pull request %s: %s\n", did, result.PullRequest.URL)
	case promote.Pushed:
		_, err = fmt.Fprintf(out, "open a pull request from %s into %s; %s\n", result.Branch, p.into, why)
	case promote.Merged:
		_, err = fmt.Fprintln(out, result.Message)
	}
	return err
}
