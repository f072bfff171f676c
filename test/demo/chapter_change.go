package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func changeAndPromote(ctx context.Context, s *stage) error {
	s.say("Ada wants longer prompts. A release is the model and the runtime, and it is the half of a descriptor " +
		"that is promoted; where it runs and on which GPUs belongs to each environment.")
	dev, err := s.changeDev(ctx)
	if err != nil {
		return err
	}
	s.say("It does well in dev. To promote it she copies release.yaml to staging, byte for byte.")
	return s.promote(ctx, dev)
}

// changeDev gives dev a new release, and makes sure that nothing else moves.
func (s *stage) changeDev(ctx context.Context) (after v1alpha1.ModelDeployment, err error) {
	before, err := s.model(ctx, devLlama)
	if err != nil {
		return before, err
	}
	text, err := s.edited(devRelease, "contextLength: 8192", "contextLength: 12288")
	if err != nil {
		return before, err
	}
	pushed, err := s.push(gitserver.Change{
		Author: ada, Message: "Serve longer prompts with llama-3-8b in dev", Files: map[string]string{devRelease: text},
	})
	if err != nil {
		return before, err
	}
	after, took, err := s.awaitDeployed(ctx, devLlama, pushed)
	if err != nil {
		return after, err
	}
	if before.Status.Release == after.Status.Release {
		return after, fmt.Errorf("the release changed, and its id is still %s", after.Status.Release)
	}
	_, err = s.kubectl(ctx, "-n", after.Namespace, "get", "replicasets", "-L", v1alpha1.LabelRelease)
	if err != nil {
		return after, err
	}
	s.line("")
	s.proven("%s went from %s to %s: %s.", devLlama, before.Status.Release, after.Status.Release, took)
	return after, s.proveOnlyWrote(pushed.at, devLlama, after)
}

// promote brings dev's release to staging.
func (s *stage) promote(ctx context.Context, dev v1alpha1.ModelDeployment) error {
	release, err := s.file(devRelease)
	if err != nil {
		return err
	}
	pushed, err := s.pushSummarized(gitserver.Change{
		Author: ada, Message: "Promote llama-3-8b to staging", Files: map[string]string{stagingRelease: release},
	})
	if err != nil {
		return err
	}
	staging, took, err := s.awaitDeployed(ctx, stagingLlama, pushed)
	if err != nil {
		return err
	}
	if staging.Status.Release != dev.Status.Release {
		return fmt.Errorf("staging runs %s, and %s was promoted", staging.Status.Release, dev.Status.Release)
	}
	if _, err := s.kubectl(ctx, "get", "modeldeployments", "-A"); err != nil {
		return err
	}
	s.line("")
	s.proven("staging runs %s too: the same release has the same id everywhere (%s).", staging.Status.Release, took)
	return s.proveOnlyWrote(pushed.at, stagingLlama, staging)
}

// proveOnlyWrote tells, from the API server's audit log, that the agent touched one unit alone.
func (s *stage) proveOnlyWrote(since time.Time, unit string, md v1alpha1.ModelDeployment) error {
	writes, err := s.onlyWrote(since, md)
	if err != nil {
		return err
	}
	s.proven("The API server's audit log has %d writes of the agent, all of them to %s.", writes, unit)
	return nil
}
