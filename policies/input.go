package policies

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Input is all that a policy can see of one unit and the change that brings it. The names of its fields in JSON are the
// names of the variables in CEL; their types are those that the expressions are checked against. What is not known is
// absent: ask with has(), or with optional selection as in evidence[?'staging'].?healthyFor. Lists, maps and text are never
// absent, but empty: change.files.size() is 0 where JSON leaves them out.
type Input struct {
	// Descriptor is the unit's ModelDeployment as kustomize built it, defaults not filled in. It is absent when the
	// change removes the unit.
	Descriptor map[string]any `json:"descriptor,omitempty" cel:"descriptor"`
	// Previous is the descriptor as it was last admitted to the environment; absent for a new unit.
	Previous map[string]any `json:"previous,omitempty" cel:"descriptor"`
	// Objects are the Kubernetes objects that the descriptor renders to, the values of Secrets left out.
	Objects []map[string]any `json:"objects,omitempty"`
	// Unit is the model in the environment.
	Unit UnitInput `json:"unit"`
	// Environment is where it goes.
	Environment EnvironmentInput `json:"environment"`
	// Change is what brings it.
	Change Change `json:"change"`
	// Approvals are the valid signatures of people over just this content for this environment.
	Approvals []Approval `json:"approvals,omitempty"`
	// Evidence is what is known of this very release in other environments, by their names: from their signed records where
	// spec.evidence of environment.yaml names them, whichever cluster they are in, and otherwise from the status of those that
	// the same agent serves.
	Evidence map[string]Evidence `json:"evidence,omitempty"`
	// Model is what is known of the model beside what the descriptor says.
	Model ModelInput `json:"model"`
	// GPU is what the unit takes of GPUs, and what the environment has in all.
	GPU GPU `json:"gpu"`
	// Capacity is whether the live cluster has room; absent without a cluster.
	Capacity *Capacity `json:"capacity,omitempty"`
	// Evaluations are the results of evaluating this release, by the name of the evaluation: what agents measured, and files. What
	// somebody answers for goes before what nobody does, and then the newest.
	Evaluations map[string]Evaluation `json:"evaluations,omitempty"`
	// Scans are the vulnerability reports of the images that are deployed, by the digest of the image.
	Scans map[string]Scan `json:"scans,omitempty"`
	// Windows says whether changes are let in now.
	Windows Windows `json:"windows"`
	// Now is the time of the decision. It is the only clock.
	Now time.Time `json:"now"`
}

// UnitInput is a model in an environment.
type UnitInput struct {
	// ID is as in prod/llama-3-8b, and Name the model's.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Team is the label app.kubernetes.io/part-of, or else team, of the descriptor; empty without.
	Team string `json:"team"`
	// Release is the short id of the release, and ReleaseDigest all of it.
	Release       string `json:"release"`
	ReleaseDigest string `json:"releaseDigest"`
	// PreviousRelease is the release that was last admitted; empty for a new unit.
	PreviousRelease string `json:"previousRelease"`
	// Content is the digest of all files that the unit reads, as in sha256:…; that of a removal is of what is removed.
	Content string `json:"content"`
}

// ModelInput is what is known of a model beside what the descriptor says of it.
type ModelInput struct {
	// License is that of the descriptor, or else of the catalogue of well-known models; empty when neither says it.
	License string `json:"license"`
}

// EnvironmentInput is where a unit goes.
type EnvironmentInput struct {
	// Name is as in environments/<name>, and Namespace where its objects go.
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// PromotedFrom is the environment that releases come from; empty for the first.
	PromotedFrom string `json:"promotedFrom"`
}

// The kinds of changes.
const (
	// ChangeNone: nothing of the unit differs; it is looked at again.
	ChangeNone = "none"
	// ChangeNew: the unit was not there.
	ChangeNew = "new"
	// ChangeRelease: model or runtime.
	ChangeRelease = "release"
	// ChangePlacement: everything else.
	ChangePlacement = "placement"
	// ChangeBoth: a release and a placement.
	ChangeBoth = "both"
	// ChangeRollback: a release that was admitted before, and not last; and nothing else changes.
	ChangeRollback = "rollback"
	// ChangeRemoval: the unit leaves Git.
	ChangeRemoval = "removal"
)

// Change is what brings a unit: everything between the commit that was last admitted and this one.
type Change struct {
	// Kind is one of none, new, release, placement, both, rollback and removal.
	Kind string `json:"kind"`
	// Commits are all that touched what the unit reads since it was last admitted, newest first. What is not committed
	// yet is one without an id. Commit, Subject, Author and so on are those of the newest.
	Commits []Commit `json:"commits,omitempty"`
	// Commit is the newest commit that touched what the unit reads; empty before it is committed.
	Commit string `json:"commit"`
	// Subject and Body are its message.
	Subject string `json:"subject"`
	Body    string `json:"body"`
	// Author and Committer are who they say they are. Only signers are proven.
	Author    Person `json:"author"`
	Committer Person `json:"committer"`
	// Time is when it was committed, as the committer says.
	Time time.Time `json:"time"`
	// Signature is that of the newest commit; absent when it has none or it is not valid. To ask who made the change,
	// look at the signatures of all commits.
	Signature *Signature `json:"signature,omitempty"`
	// Trailers are those of the message, by their keys in lower case. Anybody may write any.
	Trailers map[string][]string `json:"trailers,omitempty"`
	// Files are those that the unit reads and that differ, and Lines how many lines do.
	Files []string `json:"files,omitempty"`
	Lines int64    `json:"lines"`
	// Units is how many units the commit changes in this environment.
	Units int64 `json:"units"`
}

// Commit is one that touched a unit.
type Commit struct {
	// ID is its hash; empty for what is not committed yet.
	ID string `json:"id"`
	// Subject is the first line of its message.
	Subject string `json:"subject"`
	// Author and Committer are who they say they are. Only signers are proven.
	Author    Person `json:"author"`
	Committer Person `json:"committer"`
	// Time is when it was committed, as the committer says.
	Time time.Time `json:"time"`
	// Signature is absent when it has none or it is not valid; then Unsigned says why.
	Signature *Signature `json:"signature,omitempty"`
	Unsigned  string     `json:"unsigned,omitempty"`
}

// Person is somebody as a commit names them.
type Person struct {
	// Name and Email are as they say.
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Signature is a valid one, by a key that is trusted.
type Signature struct {
	// Kind is ssh or openpgp.
	Kind string `json:"kind"`
	// Principals are whose key it is, as the trust file says.
	Principals []string `json:"principals"`
	// Fingerprint of the key.
	Fingerprint string `json:"fingerprint"`
	// ByAuthor and ByCommitter say whether a principal is the author's or the committer's address.
	ByAuthor    bool `json:"byAuthor"`
	ByCommitter bool `json:"byCommitter"`
}

// Approval is a valid signature of somebody over the content of a unit.
type Approval struct {
	// Principal is whose key it is, and Fingerprint that of the key.
	Principal   string `json:"principal"`
	Fingerprint string `json:"fingerprint"`
	// Expires is when it ends.
	Expires time.Time `json:"expires"`
	// ByAuthor, ByCommitter and BySigner say whether they approved a change of their own.
	ByAuthor    bool `json:"byAuthor"`
	ByCommitter bool `json:"byCommitter"`
	BySigner    bool `json:"bySigner"`
}

// Evidence is what an environment's records prove of a release.
type Evidence struct {
	// Healthy says whether it is healthy there now or, if another release has replaced it, was so until then.
	Healthy bool `json:"healthy"`
	// Until is when another release replaced it; absent while it runs.
	Until *time.Time `json:"until,omitempty"`
	// HealthySince is since when it has been so without a break, and HealthyFor how long until now or Until; absent
	// when it is not.
	HealthySince *time.Time       `json:"healthySince,omitempty"`
	HealthyFor   *metav1.Duration `json:"healthyFor,omitempty"`
	// LastDrift and LastFailure are when it last drifted or was degraded there; absent if it never was.
	LastDrift   *time.Time `json:"lastDrift,omitempty"`
	LastFailure *time.Time `json:"lastFailure,omitempty"`
}

// GPU is what a unit takes, and what its environment and team have in all with it.
type GPU struct {
	// Replicas is the largest number there may be, Each how many GPUs one takes, and Total the product.
	Replicas int64 `json:"replicas"`
	Each     int64 `json:"each"`
	Total    int64 `json:"total"`
	// Products are the GPUs that it may get.
	Products []string `json:"products,omitempty"`
	// Fit is fits, tight, does not fit or unknown; empty for a model on CPUs. FitReason says why.
	Fit       string `json:"fit"`
	FitReason string `json:"fitReason"`
	// CostPerHour is Total at the prices of the environment; absent when a product has no price.
	CostPerHour *float64 `json:"costPerHour,omitempty"`
	// Previous is what it took as it was last admitted; absent for a new unit.
	Previous *Sum `json:"previous,omitempty"`
	// Environment and Team are the sums over all units of the environment, and over those of the same team.
	Environment Sum `json:"environment"`
	Team        Sum `json:"team"`
}

// Sum is what several units take together.
type Sum struct {
	GPUs int64 `json:"gpus"`
	// CostPerHour is absent when one of them has no price.
	CostPerHour *float64 `json:"costPerHour,omitempty"`
}

// Capacity is whether the live cluster has room for the unit.
type Capacity struct {
	// Schedulable says whether all replicas have room; Message what is missing.
	Schedulable bool   `json:"schedulable"`
	Message     string `json:"message"`
}

// Evaluation is the result of evaluating a release.
type Evaluation struct {
	// Metrics by name, and what the release that is replaced had.
	Metrics  map[string]float64 `json:"metrics"`
	Baseline map[string]float64 `json:"baseline,omitempty"`
	// Revision is the model's that was evaluated; Release the release, if the result names one.
	Revision string `json:"revision"`
	Release  string `json:"release,omitempty"`
	// Signers are the principals of the valid signatures beside the file; nobody's word but Git's without.
	Signers []string `json:"signers,omitempty"`
	// Passed says whether it is within the limits of the descriptor that asked for it; absent for a result that no Job of an
	// environment made.
	Passed *bool `json:"passed,omitempty"`
	// Finished is when, and Age how long ago.
	Finished time.Time       `json:"finished"`
	Age      metav1.Duration `json:"age"`
}

// Scan is a vulnerability report of one image.
type Scan struct {
	// Severities are how many vulnerabilities there are, by severity in lower case; Fixable those with a fix.
	Severities map[string]int64 `json:"severities"`
	Fixable    map[string]int64 `json:"fixable"`
	// Signers are the principals of the valid signatures beside the report; nobody's word but Git's without.
	Signers []string `json:"signers,omitempty"`
	// Finished is when it was scanned, and Age how long ago.
	Finished time.Time       `json:"finished"`
	Age      metav1.Duration `json:"age"`
}

// Windows says whether changes are let in now.
type Windows struct {
	// Open is false while a freeze is on, or when there are promotion windows and none is open.
	Open bool `json:"open"`
	// Reason names the window and says since when and until when.
	Reason string `json:"reason"`
	// Next is when that changes; absent if it never does.
	Next *time.Time `json:"next,omitempty"`
}
