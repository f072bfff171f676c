package demo

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// Where the agent lives and who it is.
const (
	agentNamespace = "penstock-system"
	agentUser      = "system:serviceaccount:" + agentNamespace + ":penstock"
)

// install gives the cluster what the agent needs, from the manifests of 'penstock install', by kubectl. It
// returns how many objects that were. The Deployment is left out: its pod would be a simulated one.
func (s *stage) install(ctx context.Context, tree *environments.Tree) (objects int, err error) {
	namespaces, err := install.Namespaces(tree, nil)
	if err != nil {
		return 0, err
	}
	manifests, err := install.Manifests(install.Options{
		URL: s.agentDoor.URL, Branch: gitserver.DefaultBranch,
		Namespace: agentNamespace, TargetNamespaces: namespaces,
		Image: "penstock.invalid/demo", Replicas: 1,
	})
	if err != nil {
		return 0, err
	}
	var kept []string
	for document := range strings.SplitSeq(string(manifests), "\n---\n") {
		if !strings.Contains("\n"+document, "\nkind: Deployment\n") {
			kept = append(kept, document)
		}
	}
	applied, err := s.cluster.Kubectl(ctx, strings.NewReader(strings.Join(kept, "\n---\n")), "apply", "-f", "-")
	if err != nil {
		return 0, err
	}
	_, err = s.cluster.Kubectl(ctx, nil, "wait", "--for=condition=Established",
		"customresourcedefinition/modeldeployments."+v1alpha1.GroupVersion.Group)
	return strings.Count(applied, "\n"), err
}

// startAgent runs the agent as it would run in the cluster, but in this process. It works until the stage
// is cleared; an agent that ends before ends the play.
func (s *stage) startAgent(ctx context.Context) error {
	cluster, err := s.serviceAccount()
	if err != nil {
		return err
	}
	a, err := agent.New(agent.Config{
		Source: source.Config{
			URL: s.agentDoor.URL, Branch: gitserver.DefaultBranch,
			Dir: s.path("cache"), AuthDir: s.path("agent-secret"),
		},
		RecordsKeyDir: s.path("records-key"),
		Schedule:      "@every 1s",
		Cluster:       cluster, Namespace: agentNamespace, Identity: "penstock-demo",
		Version: s.options.Version, Log: s.logger,
	})
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := a.Run(working)
		if working.Err() == nil {
			s.fail(fmt.Errorf("the agent ended by itself: %w", err))
		}
	}()
	s.closers = append(s.closers, func() error { stop(); <-done; return nil })
	return nil
}

// serviceAccount is how the agent's service account reaches the API server, with the rights that the
// manifests gave to it and no others.
func (s *stage) serviceAccount() (*rest.Config, error) {
	return s.cluster.User(agentUser, "system:serviceaccounts", "system:serviceaccounts:"+agentNamespace, "system:authenticated")
}

// awaitState waits until what the agent remembers of the repository is as wanted.
func (s *stage) awaitState(ctx context.Context, what string, wanted func(agent.State) bool) (agent.State, error) {
	var state agent.State
	clients, err := kubernetes.NewForConfig(s.cluster.RESTConfig())
	if err != nil {
		return state, err
	}
	err = s.await(ctx, "the agent "+what, func(ctx context.Context) (bool, string, error) {
		var err error
		state, err = agent.LoadState(ctx, clients, agentNamespace, agent.DefaultName)
		return err == nil && wanted(state), fmt.Sprintf("%+v", state), err
	})
	return state, err
}
