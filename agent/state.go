package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// State is what the agent remembers of the repository beyond its own life, and shows to an admin: a
// ConfigMap named as the agent, in its namespace. The commit in it lets a new agent with an empty cache
// refuse a branch that was rewound while no agent ran.
type State struct {
	// URL and Branch of the repository.
	URL    string `json:"url"`
	Branch string `json:"branch"`
	// Commit that was last accepted.
	Commit string `json:"commit,omitempty"`
	// Subject of that commit's message.
	Subject string `json:"subject,omitempty"`
	// Problem keeps the agent from following the branch; "" when all is well.
	Problem string `json:"problem,omitempty"`
	// Rules are the commits whose rules came into force, oldest first; the last ones are in force. A new agent takes
	// them up, so that rules that nobody approved do not come into force by a restart.
	Rules []AcceptedRules `json:"rules,omitempty"`
	// Records are how far the records of each environment are written.
	Records map[string]RecordsState `json:"records,omitempty"`
	// Evidence is what is known of the records of other environments, by who looks at whose, as in prod<staging.
	Evidence map[string]KeptEvidence `json:"evidence,omitempty"`
	// RulesProblem keeps the newest rules from coming into force; "" when all is well.
	RulesProblem string `json:"rulesProblem,omitempty"`
}

// RecordsState is how far the records of an environment are written.
type RecordsState struct {
	// Head is the end of their branch.
	Head records.Head `json:"head,omitzero"`
	// Pending is how many facts wait in the cluster while Problem keeps them from being written.
	Pending int    `json:"pending,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// AcceptedRules are rules that came into force: policies, trust, exceptions and what environments choose of them.
type AcceptedRules struct {
	// Commit that they are of, and Digest of all their files. Without a commit they were replaced long ago, and are kept
	// in mind for Until alone.
	Commit string `json:"commit,omitempty"`
	Digest string `json:"digest"`
	// Until is when the approvals of these rules end, which do not count for a return to them.
	Until *time.Time `json:"until,omitempty"`
}

// stateKey is the ConfigMap's key that holds the state as JSON.
const stateKey = "state.json"

// LoadState reads the state of the agent of that name. An agent that has never run has an empty one.
func LoadState(ctx context.Context, clients kubernetes.Interface, namespace, name string) (State, error) {
	state, _, err := loadState(ctx, clients, namespace, name)
	return state, err
}

// loadState returns the UID of the ConfigMap too; empty when there is none.
func loadState(ctx context.Context, clients kubernetes.Interface, namespace, name string) (State, types.UID, error) {
	var state State
	held, err := clients.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return state, "", nil
	}
	if err != nil {
		return state, "", fmt.Errorf("reading the agent's state from ConfigMap %s/%s: %w", namespace, name, err)
	}
	if err := json.Unmarshal([]byte(held.Data[stateKey]), &state); err != nil {
		return state, "", fmt.Errorf("reading the agent's state from ConfigMap %s/%s: %w; delete it to start without a memory of the last commit", namespace, name, err)
	}
	return state, held.UID, nil
}

// saveState writes the state when it differs from what was last written.
func (a *Agent) saveState(ctx context.Context, state State) error {
	if reflect.DeepEqual(state, a.state) {
		return nil
	}
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	wanted := corev1.ConfigMap(a.config.Name, a.config.Namespace).
		WithLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}).
		WithData(map[string]string{stateKey: string(content)})
	saved, err := a.clients.CoreV1().ConfigMaps(a.config.Namespace).
		Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: v1alpha1.ManagedBy, Force: true})
	if err != nil {
		return fmt.Errorf("writing the agent's state to ConfigMap %s/%s: %w", a.config.Namespace, a.config.Name, err)
	}
	a.state = state
	a.installation.Store(string(saved.UID))
	return nil
}
