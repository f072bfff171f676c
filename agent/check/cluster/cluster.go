package cluster

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"sync"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/capacity"
	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// Cluster is one that is asked. Make it with Connect, and Close it.
type Cluster struct {
	client client.Client
	fleet  *capacity.Watch
	stop   func()
	known  <-chan struct{} // closed when the fleet is known, or is known not to be
}

var _ check.Live = (*Cluster)(nil)

// patience is how long the nodes may take to be known.
const patience = 15 * time.Second

// Connect begins to look at a cluster.
func Connect(ctx context.Context, config *rest.Config, version string) (*Cluster, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, admissionregistrationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	known := make(chan struct{})
	settled := sync.OnceFunc(func() { close(known) })
	made := &Cluster{client: c, known: known}
	made.fleet, err = capacity.New(capacity.Config{REST: config, Version: version, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), OnChange: func() { settled() }})
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = made.fleet.Run(ctx); settled() }) // what it cannot know is said by Problem
	made.stop = func() { cancel(); made.fleet.Close(); running.Wait() }
	return made, nil
}

// Close ends what Connect began.
func (c *Cluster) Close() { c.stop() }

// Statuses are those of all ModelDeployments, by unit id.
func (c *Cluster) Statuses(ctx context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error) {
	var list v1alpha1.ModelDeploymentList
	if err := c.client.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("listing ModelDeployments: %w", err)
	}
	all := map[string]v1alpha1.ModelDeploymentStatus{}
	for _, md := range list.Items {
		all[md.Labels[v1alpha1.LabelEnvironment]+"/"+md.Name] = md.Status
	}
	return all, nil
}

// Room says whether there is room for what is rendered; nil when the nodes are not known.
func (c *Cluster) Room(ctx context.Context, objects *render.Objects) (*policies.Capacity, error) {
	select {
	case <-c.known:
	case <-time.After(patience):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	known, ok := c.fleet.Fleet()
	if !ok {
		return nil, nil
	}
	room, err := agent.RoomFor(ctx, known, objects)
	if err != nil || room.Status == "" || room.Status == metav1.ConditionUnknown {
		return nil, err
	}
	return &policies.Capacity{Schedulable: room.Status == metav1.ConditionTrue, Message: room.Message}, nil
}

// DryRun has the API server and its webhooks look at the objects as the agent would apply them. A namespace that is not
// there yet is no refusal: the agent makes it.
func (c *Cluster) DryRun(ctx context.Context, objects *render.Objects) ([]string, error) {
	var refused []string
	for _, item := range objects.Items {
		err := c.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(item.DeepCopy()), client.FieldOwner(v1alpha1.ManagedBy), client.ForceOwnership, client.DryRunAll)
		switch {
		case err == nil || isMissingNamespace(err):
		case isAnswer(err):
			refused = append(refused, fmt.Sprintf("%s %s: %v", item.GetKind(), item.GetName(), err))
		default:
			return nil, fmt.Errorf("asking the API server about %s %s: %w", item.GetKind(), item.GetName(), err)
		}
	}
	return refused, nil
}

func isMissingNamespace(err error) bool {
	status, ok := err.(apierrors.APIStatus)
	return ok && apierrors.IsNotFound(err) && status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}

// unauthorized is what the API server says when a right is missing, as against what admission says of an object.
var unauthorized = regexp.MustCompile(`User ".*" cannot [a-z]+ resource `)

// isAnswer tells what is said of the object from a failure to ask, such as the want of a right. Unknown fields come as
// 500.
func isAnswer(err error) bool {
	if apierrors.IsForbidden(err) && unauthorized.MatchString(err.Error()) {
		return false
	}
	return apierrors.IsInvalid(err) || apierrors.IsForbidden(err) || apierrors.IsBadRequest(err) || apierrors.IsConflict(err) ||
		apierrors.IsNotFound(err) || apierrors.IsInternalError(err) || apierrors.IsRequestEntityTooLargeError(err)
}
