package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const typo = "contextLenght"

func breakAndMend(ctx context.Context, s *stage) error {
	s.say("It is late. Grace mistypes a field of dev's llama, and in the same push she changes another model.")
	before, err := s.model(ctx, devLlama)
	if err != nil {
		return err
	}
	good, err := s.file(devRelease)
	if err != nil {
		return err
	}
	broken, err := s.breakDev(ctx)
	if err != nil {
		return err
	}
	if err := s.proveRefused(ctx, before, broken); err != nil {
		return err
	}
	s.say("The status names the file, the line and the way out, as 'penstock validate' would have before the push. Grace mends it.")
	mended, err := s.push(gitserver.Change{
		Author: grace, Message: "Spell contextLength right", Files: map[string]string{devRelease: good},
	})
	if err != nil {
		return err
	}
	_, took, err := s.awaitDeployed(ctx, devLlama, mended)
	if err != nil {
		return err
	}
	s.line("")
	s.proven("%s is Ready again: %s.", devLlama, took)
	return nil
}

// breakDev pushes a typo in one unit with a good change to another, and waits for both to be dealt with.
func (s *stage) breakDev(ctx context.Context) (push, error) {
	bad, err := s.edited(devRelease, "contextLength: ", typo+": ")
	if err != nil {
		return push{}, err
	}
	other, err := s.edited(prodEmbedderPlacement, "min: 2", "min: 3")
	if err != nil {
		return push{}, err
	}
	pushed, err := s.push(gitserver.Change{
		Author: grace, Message: "Tune two models", Files: map[string]string{devRelease: bad, prodEmbedderPlacement: other},
	})
	if err != nil {
		return push{}, err
	}
	_, err = s.awaitModel(ctx, devLlama, "to be refused", func(md v1alpha1.ModelDeployment) bool {
		reason, _ := ready(md)
		return reason == v1alpha1.ReasonInvalid && md.Status.AttemptedCommit == pushed.commit
	})
	if err != nil {
		return push{}, err
	}
	_, took, err := s.awaitDeployed(ctx, prodEmbedder, pushed)
	if err == nil {
		s.line("")
		s.proven("%s has its change: %s.", prodEmbedder, took)
	}
	return pushed, err
}

// proveRefused shows what the refused unit says, and that what it ran it still runs.
func (s *stage) proveRefused(ctx context.Context, before v1alpha1.ModelDeployment, broken push) error {
	message, err := s.kubectlText(ctx, "-n", before.Namespace, "get", "modeldeployment", before.Name,
		`-o=jsonpath={.status.conditions[?(@.type=="Ready")].message}`)
	if err != nil {
		return err
	}
	for _, part := range []string{devRelease + ":", typo, "contextLength"} {
		if !strings.Contains(message, part) {
			return fmt.Errorf("the message should have %q in it: %s", part, message)
		}
	}
	after, err := s.model(ctx, devLlama)
	if err != nil {
		return err
	}
	if after.Status.Release != before.Status.Release || after.Status.AttemptedCommit != broken.commit {
		return fmt.Errorf("%s should still run %s and have refused %s: %s", devLlama, before.Status.Release, broken.commit, describe(after))
	}
	if _, err := s.kubectl(ctx, "-n", after.Namespace, "get", "pods", "-L", v1alpha1.LabelRelease); err != nil {
		return err
	}
	s.line("")
	s.proven("What ran before still runs: %s.", after.Status.Release)
	return nil
}
