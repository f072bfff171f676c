package demo

import (
	"context"
	"fmt"
	"strings"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const devPlacement = devLlamaDir + "/placement.yaml"

func runShort(ctx context.Context, s *stage) error {
	s.say("Ada tests under load and asks for nine replicas in dev. Each takes an L4, and the cluster has eight.")
	asked, err := s.scaleDev("min: 1", "min: 9", "Load-test llama-3-8b in dev")
	if err != nil {
		return err
	}
	short, err := s.awaitModel(ctx, devLlama, "to have eight of nine replicas and to be Unschedulable", func(md v1alpha1.ModelDeployment) bool {
		reason, message := ready(md)
		return md.Status.Commit == asked.commit && reason == v1alpha1.ReasonUnschedulable && strings.Contains(message, "8/9")
	})
	if err != nil {
		return err
	}
	if err := s.showShortage(ctx, short); err != nil {
		return err
	}
	s.say("Four will do.")
	enough, err := s.scaleDev("min: 9", "min: 4", "Load-test with what there is")
	if err != nil {
		return err
	}
	_, took, err := s.awaitDeployed(ctx, devLlama, enough)
	if err != nil {
		return err
	}
	s.line("")
	s.proven("%s is Ready with four replicas: %s.", devLlama, took)
	return s.showRollout(ctx)
}

// showRollout shows how the change was rolled out, and why so.
func (s *stage) showRollout(ctx context.Context) error {
	namespace, name, _ := strings.Cut(devLlama, "/")
	_, err := s.kubectl(ctx, "-n", "models-"+namespace, "get", "modeldeployment", name, "-o=jsonpath={.status.rollout.message}")
	return err
}

// showShortage shows how the model is and why, in the scheduler's own words.
func (s *stage) showShortage(ctx context.Context, short v1alpha1.ModelDeployment) error {
	if _, err := s.kubectl(ctx, "-n", short.Namespace, "get", "modeldeployments"); err != nil {
		return err
	}
	room := apimeta.FindStatusCondition(short.Status.Conditions, v1alpha1.ConditionSchedulable)
	if room == nil || room.Status != metav1.ConditionFalse {
		return fmt.Errorf("the agent should have seen that there is no room: %+v", room)
	}
	s.line("")
	s.proven("The agent, which watches the nodes, said so before it applied anything:")
	s.line("")
	s.paragraph(margin+margin, "", room.Message)
	_, message := ready(short)
	if !strings.Contains(message, "Insufficient "+string(resourceGPU)) {
		return fmt.Errorf("the message should have the scheduler's words in it: %s", message)
	}
	s.line("")
	s.proven("Ready is False, and its message has the scheduler's own words:")
	s.line("")
	s.paragraph(margin+margin, "", message)
	return nil
}

// scaleDev pushes another number of replicas for dev's llama.
func (s *stage) scaleDev(from, to, message string) (push, error) {
	text, err := s.edited(devPlacement, from, to)
	if err != nil {
		return push{}, err
	}
	return s.push(gitserver.Change{Author: ada, Message: message, Files: map[string]string{devPlacement: text}})
}
