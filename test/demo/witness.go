package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// kubectl runs kubectl as an administrator, and shows the command and what it printed.
func (s *stage) kubectl(ctx context.Context, args ...string) (string, error) {
	output, err := s.cluster.Kubectl(ctx, nil, args...)
	if err != nil {
		return "", err
	}
	s.shell(typed(append([]string{"kubectl"}, args...)), output)
	return output, nil
}

// kubectlText is kubectl for output that is a text and no table.
func (s *stage) kubectlText(ctx context.Context, args ...string) (string, error) {
	output, err := s.cluster.Kubectl(ctx, nil, args...)
	if err != nil {
		return "", err
	}
	s.shell(typed(append([]string{"kubectl"}, args...)), strings.Join(wrap(output, columns-len(margin)), "\n"))
	return output, nil
}

// typed is a command as one would type it into a shell.
func typed(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if strings.ContainsAny(arg, ` "$?*{}()[]|&;<>`) {
			words[i] = "'" + arg + "'"
		}
	}
	return strings.Join(words, " ")
}

// models reads every ModelDeployment of the cluster, by the unit's id, such as dev/llama-3-8b.
func (s *stage) models(ctx context.Context) (map[string]v1alpha1.ModelDeployment, error) {
	var list v1alpha1.ModelDeploymentList
	if err := s.reader.List(ctx, &list); err != nil {
		return nil, err
	}
	models := map[string]v1alpha1.ModelDeployment{}
	for _, md := range list.Items {
		models[md.Labels[v1alpha1.LabelEnvironment]+"/"+md.Name] = md
	}
	return models, nil
}

// model reads the ModelDeployment of a unit that the cluster has.
func (s *stage) model(ctx context.Context, unit string) (v1alpha1.ModelDeployment, error) {
	models, err := s.models(ctx)
	if err != nil {
		return v1alpha1.ModelDeployment{}, err
	}
	md, ok := models[unit]
	if !ok {
		return md, fmt.Errorf("the cluster has no ModelDeployment for %s", unit)
	}
	return md, nil
}

// awaitModel waits until a unit's ModelDeployment is as wanted.
func (s *stage) awaitModel(ctx context.Context, unit, what string, wanted func(v1alpha1.ModelDeployment) bool) (v1alpha1.ModelDeployment, error) {
	var md v1alpha1.ModelDeployment
	err := s.await(ctx, unit+" "+what, func(ctx context.Context) (bool, string, error) {
		var err error
		md, err = s.model(ctx, unit)
		return err == nil && wanted(md), describe(md), err
	})
	return md, err
}

// await waits until something holds, for as long as the demo has patience.
func (s *stage) await(ctx context.Context, what string, look look) error {
	return wait(ctx, s.options.Patience, what, look)
}

// awaitDeployed waits until a push was applied to a unit, and until it serves.
func (s *stage) awaitDeployed(ctx context.Context, unit string, pushed push) (v1alpha1.ModelDeployment, rollout, error) {
	var took rollout
	isApplied := func(md v1alpha1.ModelDeployment) bool { return md.Status.Commit == pushed.commit }
	if md, err := s.awaitModel(ctx, unit, "to be applied", isApplied); err != nil {
		return md, took, err
	}
	took.applied = time.Since(pushed.at)
	md, err := s.awaitModel(ctx, unit, "to become Ready", func(md v1alpha1.ModelDeployment) bool { return isApplied(md) && isReady(md) })
	took.ready = time.Since(pushed.at)
	return md, took, err
}

// rollout is how long it took from the push to what came of it.
type rollout struct{ applied, ready time.Duration }

// String tells the times as a person would.
func (r rollout) String() string {
	return fmt.Sprintf("applied %s after the push, ready after %s", seconds(r.applied), seconds(r.ready))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func isReady(md v1alpha1.ModelDeployment) bool {
	return apimeta.IsStatusConditionTrue(md.Status.Conditions, v1alpha1.ConditionReady)
}

// ready is what the Ready condition says: its reason and message.
func ready(md v1alpha1.ModelDeployment) (reason, message string) {
	c := apimeta.FindStatusCondition(md.Status.Conditions, v1alpha1.ConditionReady)
	if c == nil {
		return "", ""
	}
	return c.Reason, c.Message
}

// describe sums up a model for an error message.
func describe(md v1alpha1.ModelDeployment) string {
	if md.Name == "" {
		return "there is no such ModelDeployment"
	}
	reason, message := ready(md)
	return fmt.Sprintf("Ready is %t, reason %q, message %q, commit %q, attempted %q",
		isReady(md), reason, message, md.Status.Commit, md.Status.AttemptedCommit)
}

// agentWrites are the agent's requests since a time that changed something in the cluster, besides what is
// its own: the lease and the state in its namespace.
func (s *stage) agentWrites(since time.Time) ([]controlplane.Request, error) {
	return s.agentRequests(since, func(r controlplane.Request) bool {
		reads := r.Verb == "get" || r.Verb == "list" || r.Verb == "watch"
		return !reads && !strings.Contains(r.URI, "dryRun=All") && r.Namespace != agentNamespace
	})
}

// agentRequests are the agent's requests since a time, as the API server's audit log has them.
func (s *stage) agentRequests(since time.Time, wanted func(controlplane.Request) bool) ([]controlplane.Request, error) {
	all, err := s.cluster.Requests(since)
	if err != nil {
		return nil, err
	}
	var requests []controlplane.Request
	for _, r := range all {
		if r.User == agentUser && wanted(r) {
			requests = append(requests, r)
		}
	}
	return requests, nil
}

// onlyWrote makes sure that since a time the agent wrote to one unit and to nothing else, and returns how
// often.
func (s *stage) onlyWrote(since time.Time, md v1alpha1.ModelDeployment) (int, error) {
	writes, err := s.agentWrites(since)
	if err != nil {
		return 0, err
	}
	for _, w := range writes {
		if w.Namespace != md.Namespace || !strings.HasPrefix(w.Name, md.Name) {
			return 0, fmt.Errorf("the agent was to write to %s/%s alone, and also did: %s %s", md.Namespace, md.Name, w.Verb, w.URI)
		}
	}
	return len(writes), nil
}
