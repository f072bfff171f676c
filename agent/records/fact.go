package records

import (
	"time"

	"github.com/penstock-dev/penstock/policies"
)

// Kind is what a fact is about.
type Kind string

// The kinds of facts.
const (
	// Admitted: policy let in what Git asks for. It is recorded before anything is applied.
	Admitted Kind = "Admitted"
	// Overridden is Admitted against a policy, by somebody entitled to it.
	Overridden Kind = "Overridden"
	// Held: policy holds what Git asks for.
	Held Kind = "Held"
	// Refused: what Git asks for is wrong, and could not even be decided on.
	Refused Kind = "Refused"
	// Applied: what was let in is in the cluster.
	Applied Kind = "Applied"
	// Failed: it could not be applied.
	Failed Kind = "Failed"
	// Healthy: the workloads of a release became healthy.
	Healthy Kind = "Healthy"
	// Degraded: they failed, have no room, or are gone.
	Degraded Kind = "Degraded"
	// Drifted: somebody else changed what was applied.
	Drifted Kind = "Drifted"
	// Corrected: what was changed was put right.
	Corrected Kind = "Corrected"
	// Evaluated: an evaluation of the release ended.
	Evaluated Kind = "Evaluated"
	// Promoted: a pull request that brings a release here, from another environment or back after a rollback, was opened,
	// updated, closed or merged.
	Promoted Kind = "Promoted"
	// RolledBack: a release that failed was replaced by the last healthy one.
	RolledBack Kind = "RolledBack"
	// Pruned: a model that left Git was deleted.
	Pruned Kind = "Pruned"
	// Suspended: nobody looks after it until Git says otherwise; how it is, is not known meanwhile.
	Suspended Kind = "Suspended"
	// Lost: facts were dropped before they could be written, since there was no room for more of them.
	Lost Kind = "Lost"
)

// Fact is one thing that happened to one unit, or to an environment as a whole.
type Fact struct {
	// ID is the same whenever the same thing is told again: see NewID.
	ID string `json:"id"`
	// Kind says what happened.
	Kind Kind `json:"kind"`
	// Environment that it happened in, and Model; without a model it is about the environment.
	Environment string `json:"environment"`
	Model       string `json:"model,omitempty"`
	// Time is when, by the clock of the agent, in whole milliseconds.
	Time time.Time `json:"time"`
	// Sequence is its number in its environment, from 1; 0 until it is written to the branch.
	Sequence uint64 `json:"sequence,omitempty"`
	// Previous is the digest of the file with the fact before it, as sha256:…; empty for the first.
	Previous string `json:"previous,omitempty"`
	// Data is the rest.
	Data Data `json:"data"`
}

// Unit is as in prod/llama-3-8b; the environment alone for a fact about that.
func (f Fact) Unit() string {
	if f.Model == "" {
		return f.Environment
	}
	return f.Environment + "/" + f.Model
}

// Data is what there is to tell. What does not belong to a kind is absent.
type Data struct {
	// Message tells it in one sentence.
	Message string `json:"message"`
	// Agent that tells it.
	Agent Agent `json:"agent"`
	// Source is the commit that asks for it.
	Source *Source `json:"source,omitempty"`
	// Release that it is about.
	Release *Release `json:"release,omitempty"`
	// Inputs are the digests of what was decided on and applied.
	Inputs *Inputs `json:"inputs,omitempty"`
	// Decision is what policy said, of Admitted, Overridden and Held.
	Decision *Decision `json:"decision,omitempty"`
	// Problems are why it was Refused or Failed, each with its place.
	Problems []string `json:"problems,omitempty"`
	// Objects are what was done to each object, of Applied, Pruned, Corrected and RolledBack.
	Objects []Object `json:"objects,omitempty"`
	// Parked says, of Applied, that no replica may run, so that it proves nothing to be healthy.
	Parked bool `json:"parked,omitempty"`
	// Health is how the workloads are.
	Health *Health `json:"health,omitempty"`
	// Drift are the fields that somebody changed.
	Drift []Drift `json:"drift,omitempty"`
	// Evaluation is what was measured.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
	// Promotion is where a release comes from, and how.
	Promotion *Promotion `json:"promotion,omitempty"`
	// Rollback is what a release was taken back to, of RolledBack, and of Promoted where that has Git agree.
	Rollback *Rollback `json:"rollback,omitempty"`
	// Lost is how many facts were dropped.
	Lost int `json:"lost,omitempty"`
	// Cut says what was left out, so that the fact has 256 KiB at most.
	Cut []string `json:"cut,omitempty"`
}

// Agent is who tells a fact.
type Agent struct {
	// Version of Penstock, Identity of the process, such as its pod, and Installation, the UID of the object that keeps the
	// agent's state: two agents that write by mistake what is one's alone are told apart by it.
	Version      string `json:"version,omitempty"`
	Identity     string `json:"identity,omitempty"`
	Installation string `json:"installation,omitempty"`
}

// Source is a commit of the branch that is followed.
type Source struct {
	// Branch is its name, and Commit the id of the commit.
	Branch string `json:"branch,omitempty"`
	Commit string `json:"commit"`
	// Changes are the commits that touched what the unit reads since it was last admitted, newest first, with whose
	// signatures were verified.
	Changes []policies.Commit `json:"changes,omitempty"`
}

// Release is the half of a descriptor that is promoted.
type Release struct {
	// ID is short, Digest all of it.
	ID     string `json:"id"`
	Digest string `json:"digest"`
	// Model is its source, and Revision which one; Image runs it.
	Model    string `json:"model,omitempty"`
	Revision string `json:"revision,omitempty"`
	Image    string `json:"image,omitempty"`
	// Previous is the short id of the release before; empty for the first.
	Previous string `json:"previous,omitempty"`
}

// Inputs are digests of what was decided on.
type Inputs struct {
	// Content is that of all Files, as approvals are bound to it.
	Content string `json:"content,omitempty"`
	Files   []File `json:"files,omitempty"`
	// Objects is that of the rendered objects byte for byte, with the values of Secrets; Digest the one of the status.
	Objects string `json:"objects,omitempty"`
	Digest  string `json:"digest,omitempty"`
	// Rules is that of policies, exceptions, trust and the environment's choice of them, and RulesCommit where they
	// were read.
	Rules       string `json:"rules,omitempty"`
	RulesCommit string `json:"rulesCommit,omitempty"`
}

// File is one that was read.
type File struct {
	// Name is its path in the repository, and SHA256 the digest of its bytes in hex.
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Decision is what policy said, and on what.
type Decision struct {
	policies.Decision
	// Reason is that of the condition Admitted: Held, Admitted, Warned, Excepted or Overridden.
	Reason string `json:"reason"`
	// Change is its kind, such as release.
	Change string `json:"change,omitempty"`
	// Now is the clock that was used.
	Now time.Time `json:"now"`
	// Approvals, Evidence, Evaluations and Windows are as policy saw them. Exceptions that were used are in the findings.
	Approvals   []policies.Approval            `json:"approvals,omitempty"`
	Evidence    map[string]policies.Evidence   `json:"evidence,omitempty"`
	Evaluations map[string]policies.Evaluation `json:"evaluations,omitempty"`
	Windows     *policies.Windows              `json:"windows,omitempty"`
	// Notes say what was found and does not count.
	Notes []string `json:"notes,omitempty"`
}

// Object is one object of the cluster.
type Object struct {
	// Group is empty for the core; Namespace for what has none.
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Action is created, configured, deleted or kept. What was left unchanged is not told.
	Action string `json:"action"`
}

// Health is how workloads are.
type Health struct {
	// Status is Healthy, Progressing, Degraded, Unschedulable or Missing.
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

// Drift is a field that somebody else changed. The values of Secrets are never told.
type Drift struct {
	// Object that the field is of.
	Object Object `json:"object"`
	// Field as in .spec.replicas, Wanted by Git and Found in the cluster.
	Field  string `json:"field"`
	Wanted string `json:"wanted,omitempty"`
	Found  string `json:"found,omitempty"`
	// Manager that changed it, through which Subresource, and when.
	Manager     string     `json:"manager,omitempty"`
	Subresource string     `json:"subresource,omitempty"`
	Time        *time.Time `json:"time,omitempty"`
}

// Evaluation is what was measured of a release.
type Evaluation struct {
	// Name of the evaluation, by which policies know its metrics.
	Name string `json:"name"`
	// Passed says whether all metrics are within their limits, and Problems what is not.
	Passed   bool     `json:"passed"`
	Problems []string `json:"problems,omitempty"`
	// Metrics that were measured, of which Revision of the model, with which Dataset and Image.
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	Revision string             `json:"revision,omitempty"`
	Dataset  string             `json:"dataset,omitempty"`
	Image    string             `json:"image,omitempty"`
	// Job that measured it, and when it ended.
	Job      string    `json:"job,omitempty"`
	Finished time.Time `json:"finished,omitzero"`
}

// Promotion is a pull request that brings a release from one environment to another. Where both are the same, it is a revert:
// it has Git ask again for the release that the agent went back to by itself.
type Promotion struct {
	// From and To are the environments.
	From string `json:"from"`
	To   string `json:"to"`
	// Branch and Commit that were pushed, and URL of the pull request; none without a forge.
	Branch string `json:"branch,omitempty"`
	Commit string `json:"commit,omitempty"`
	URL    string `json:"url,omitempty"`
	// Action is opened, updated, closed or merged.
	Action string `json:"action"`
}

// Rollback is a return to an earlier release.
type Rollback struct {
	// From is the release that failed, and To the one that runs again, each by its digest, with where To was read.
	From     string `json:"from"`
	To       string `json:"to"`
	ToCommit string `json:"toCommit,omitempty"`
	// URL of the pull request that has Git agree, of Promoted; none without a forge.
	URL string `json:"url,omitempty"`
}
