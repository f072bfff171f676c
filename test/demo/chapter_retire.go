package demo

import (
	"context"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const (
	devEmbedder    = "dev/bge-large-en"
	devEmbedderDir = "environments/" + devEmbedder
)

// unitKinds are the kinds of what a model becomes in the cluster.
const unitKinds = "modeldeployments,deployments,replicasets,pods,services,serviceaccounts,networkpolicies,poddisruptionbudgets"

func retire(ctx context.Context, s *stage) error {
	s.say("Nobody uses the embedding model in dev any more. Grace deletes its directory.")
	md, err := s.model(ctx, devEmbedder)
	if err != nil {
		return err
	}
	pushed, err := s.pushSummarized(gitserver.Change{
		Author: grace, Message: "Retire bge-large-en from dev", Delete: []string{devEmbedderDir},
	})
	if err != nil {
		return err
	}
	query := []string{"-n", md.Namespace, "get", unitKinds, "-l", v1alpha1.LabelName + "=" + md.Name, "-o", "name"}
	err = s.await(ctx, "everything of "+devEmbedder+" to be pruned", func(ctx context.Context) (bool, string, error) {
		left, err := s.cluster.Kubectl(ctx, nil, query...)
		return left == "", left, err
	})
	if err != nil {
		return err
	}
	if _, err := s.kubectl(ctx, "-n", md.Namespace, "get", "deployments,services"); err != nil {
		return err
	}
	s.line("")
	s.proven("Its Deployment, its Service and all that belonged to it are gone.")
	return s.proveOnlyWrote(pushed.at, devEmbedder, md)
}
