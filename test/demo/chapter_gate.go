package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// passTheGate has a release held that was never tried, and admitted when it was.
func passTheGate(ctx context.Context, s *stage) error {
	s.say("Grace wants prod to take only what has proved itself in staging. Rules are files of the repository, and there is " +
		"a built-in one for this. It holds for whatever comes after it.")
	if err := s.switchOn(ctx); err != nil {
		return err
	}
	s.say("Ada is in a hurry. She gives prod a release that nobody has tried.")
	held, err := s.hurry(ctx)
	if err != nil {
		return err
	}
	s.say("'penstock check' would have said so before the push. She brings the same release.yaml to staging, and touches nothing else.")
	return s.proveItself(ctx, held)
}

// switchOn has prod ask for what was promoted.
func (s *stage) switchOn(ctx context.Context) error {
	rules, err := s.edited(prodEnvironment, "  policies:\n", "  policies:\n  - name: promoted-from\n")
	if err != nil {
		return err
	}
	pushed, err := s.push(gitserver.Change{Author: grace, Message: "Let prod take what is healthy in staging", Files: map[string]string{prodEnvironment: rules}})
	if err != nil {
		return err
	}
	_, _, err = s.awaitDeployed(ctx, prodLlama, pushed)
	return err
}

// hurry pushes a release to prod that is held, and shows it.
func (s *stage) hurry(ctx context.Context) (push, error) {
	before, err := s.model(ctx, prodLlama)
	if err != nil {
		return push{}, err
	}
	release, err := s.edited(prodRelease, "contextLength: 8192", "contextLength: 10240")
	if err != nil {
		return push{}, err
	}
	pushed, err := s.push(gitserver.Change{Author: ada, Message: "Serve longer prompts in prod, at once", Files: map[string]string{prodRelease: release}})
	if err != nil {
		return push{}, err
	}
	after, err := s.awaitModel(ctx, prodLlama, "to be held", func(md v1alpha1.ModelDeployment) bool {
		reason, _ := ready(md)
		return reason == v1alpha1.ReasonHeld && md.Status.AttemptedCommit == pushed.commit
	})
	if err != nil {
		return push{}, err
	}
	if _, message := ready(after); !strings.Contains(message, "promoted-from: ") {
		return push{}, fmt.Errorf("it should name the policy: %s", message)
	}
	_, err = s.kubectlText(ctx, "-n", after.Namespace, "get", "modeldeployment", after.Name, `-o=jsonpath={.status.conditions[?(@.type=="Ready")].message}`)
	if err != nil {
		return push{}, err
	}
	if after.Status.Release != before.Status.Release {
		return push{}, fmt.Errorf("prod should still run %s: %s", before.Status.Release, describe(after))
	}
	s.line("")
	s.proven("prod still runs %s: what policy holds is never applied.", before.Status.Release)
	return pushed, nil
}

// proveItself brings what is held to staging, and shows that prod then takes it by itself.
func (s *stage) proveItself(ctx context.Context, held push) error {
	release, err := s.file(prodRelease)
	if err != nil {
		return err
	}
	pushed, err := s.pushSummarized(gitserver.Change{Author: ada, Message: "Try longer prompts in staging", Files: map[string]string{stagingRelease: release}})
	if err != nil {
		return err
	}
	staging, _, err := s.awaitDeployed(ctx, stagingLlama, pushed)
	if err != nil {
		return err
	}
	healthy := time.Now()
	prod, _, err := s.awaitDeployed(ctx, prodLlama, held)
	if err != nil {
		return err
	}
	took := time.Since(healthy)
	if _, err := s.kubectl(ctx, "get", "modeldeployments", "-A"); err != nil {
		return err
	}
	if prod.Status.Release != staging.Status.Release {
		return fmt.Errorf("prod runs %s, and %s was tried", prod.Status.Release, staging.Status.Release)
	}
	s.line("")
	s.proven("prod runs %s, %s after it was healthy in staging, and nobody pushed anything to prod.", prod.Status.Release, seconds(took))
	return nil
}
