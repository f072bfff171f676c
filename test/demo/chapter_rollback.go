package demo

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// takeBack has a release fail on probation, and the one before run again.
func takeBack(ctx context.Context, s *stage) error {
	s.say("Ada lets dev take back by itself what fails within half an hour. Then she serves a release that crashes.")
	before, err := s.letTakeBack(ctx)
	if err != nil {
		return err
	}
	broken, err := s.serveBroken(ctx, before)
	if err != nil {
		return err
	}
	s.say("She reverts her commit, so that Git says what runs.")
	release, err := s.repository.Git(nil, "show", broken.commit+"~1:"+devRelease)
	if err != nil {
		return err
	}
	pushed, err := s.push(gitserver.Change{
		Author: ada, Message: "Revert \"Trust everything that the model brings along\"", Files: map[string]string{devRelease: release + "\n"},
	})
	if err != nil {
		return err
	}
	after, _, err := s.awaitDeployed(ctx, devLlama, pushed)
	if err == nil {
		s.line("")
		s.proven("%s is Ready with %s.", devLlama, after.Status.Release)
	}
	return err
}

// letTakeBack switches rollback on in dev.
func (s *stage) letTakeBack(ctx context.Context) (before v1alpha1.ModelDeployment, err error) {
	placement, err := s.file(devPlacement)
	if err != nil {
		return before, err
	}
	pushed, err := s.push(gitserver.Change{Author: ada, Message: "Take back what fails in dev", Files: map[string]string{devPlacement: placement + "  rollout:\n    rollback: auto\n"}})
	if err != nil {
		return before, err
	}
	before, _, err = s.awaitDeployed(ctx, devLlama, pushed)
	return before, err
}

// serveBroken serves a release that crashes, and shows that it is taken back.
func (s *stage) serveBroken(ctx context.Context, before v1alpha1.ModelDeployment) (push, error) {
	release, err := s.file(devRelease)
	if err != nil {
		return push{}, err
	}
	release += fmt.Sprintf("      env:\n      - {name: %s, value: %s}\n", controlplane.BehaviourVariable, controlplane.Crash)
	pushed, err := s.push(gitserver.Change{Author: ada, Message: "Trust everything that the model brings along", Files: map[string]string{devRelease: release}})
	if err != nil {
		return push{}, err
	}
	after, err := s.awaitModel(ctx, devLlama, "to be taken back", func(md v1alpha1.ModelDeployment) bool {
		reason, _ := ready(md)
		return reason == v1alpha1.ReasonRolledBack && md.Status.Release == before.Status.Release && isHealthy(md)
	})
	if err != nil {
		return push{}, err
	}
	_, err = s.kubectlText(ctx, "-n", after.Namespace, "get", "modeldeployment", after.Name, `-o=jsonpath={.status.conditions[?(@.type=="Ready")].message}`)
	if err != nil {
		return push{}, err
	}
	s.line("")
	s.proven("%s runs %s again, and %s is not tried before Git changes.", devLlama, after.Status.Release, after.Status.Rollback.Release)
	return pushed, nil
}

// isHealthy says whether what runs is healthy, whatever Git asks for.
func isHealthy(md v1alpha1.ModelDeployment) bool {
	for _, c := range md.Status.Conditions {
		if c.Type == v1alpha1.ConditionHealthy {
			return c.Status == "True"
		}
	}
	return false
}
