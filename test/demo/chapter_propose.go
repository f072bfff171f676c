package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// proposeItself has a release that is healthy in staging proposed for prod, and merged.
func proposeItself(ctx context.Context, s *stage) error {
	s.say("Nobody has to copy files. Grace lets the agent propose for prod whatever is healthy in staging; people decide.")
	if err := s.letPropose(ctx); err != nil {
		return err
	}
	s.say("Ada tries something in staging, and has lunch.")
	release, err := s.edited(stagingRelease, "contextLength: 10240", "contextLength: 11264")
	if err != nil {
		return err
	}
	pushed, err := s.push(gitserver.Change{Author: ada, Message: "Try still longer prompts in staging", Files: map[string]string{stagingRelease: release}})
	if err != nil {
		return err
	}
	staging, _, err := s.awaitDeployed(ctx, stagingLlama, pushed)
	if err != nil {
		return err
	}
	tip, err := s.awaitProposal(ctx, staging)
	if err != nil {
		return err
	}
	return s.merge(ctx, staging, tip)
}

// letPropose has the agent propose releases for prod.
func (s *stage) letPropose(ctx context.Context) error {
	rules, err := s.edited(prodEnvironment, "  promotedFrom: staging\n", "  promotedFrom: staging\n  promotion: {auto: true}\n")
	if err != nil {
		return err
	}
	pushed, err := s.push(gitserver.Change{Author: grace, Message: "Propose releases for prod", Files: map[string]string{prodEnvironment: rules}})
	if err != nil {
		return err
	}
	_, _, err = s.awaitDeployed(ctx, prodLlama, pushed)
	return err
}

// awaitProposal waits for the branch that brings staging's release to prod, and shows what its commit says.
func (s *stage) awaitProposal(ctx context.Context, staging v1alpha1.ModelDeployment) (tip string, err error) {
	began, branch := time.Now(), promote.Branch("prod", "llama-3-8b")
	err = s.await(ctx, "the branch "+branch, func(context.Context) (bool, string, error) {
		tip, err = s.repository.Git(nil, "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
		return err == nil && tip != "", "no such branch", nil
	})
	if err != nil {
		return "", err
	}
	took := time.Since(began)
	message, err := s.repository.Git(nil, "log", "-1", "--format=%B", tip)
	if err != nil {
		return "", err
	}
	s.shell("git log -1 --format=%B origin/"+branch, message)
	if !strings.Contains(message, staging.Status.Release) {
		return "", fmt.Errorf("it should propose %s: %s", staging.Status.Release, message)
	}
	s.line("")
	s.proven("The branch was there %s after staging was healthy. With a forge, so would be its pull request.", seconds(took))
	return tip, nil
}

// merge merges the proposal, as the button of a forge does.
func (s *stage) merge(ctx context.Context, staging v1alpha1.ModelDeployment, tip string) error {
	release, err := s.file(stagingRelease)
	if err != nil {
		return err
	}
	pushed, err := s.pushSummarized(gitserver.Change{
		Author: grace, Message: "Merge: promote llama-3-8b to prod", Merge: []string{tip}, Files: map[string]string{prodRelease: release},
	})
	if err != nil {
		return err
	}
	prod, _, err := s.awaitDeployed(ctx, prodLlama, pushed)
	if err != nil {
		return err
	}
	if prod.Status.Release != staging.Status.Release {
		return fmt.Errorf("prod runs %s, and %s was proposed", prod.Status.Release, staging.Status.Release)
	}
	s.line("")
	s.proven("prod runs %s.", prod.Status.Release)
	return nil
}
