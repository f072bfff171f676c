package check

import (
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render/diff"
)

// Report is what a change would do.
type Report struct {
	// Verdict is the worst of all units; Hold too when something is invalid.
	Verdict policies.Verdict `json:"verdict"`
	// Base is what the change is to be merged into, Fork where it left that, and Head its newest commit.
	Base Revision `json:"base"`
	Fork Revision `json:"fork"`
	Head Revision `json:"head"`
	// Now is the time of all decisions.
	Now time.Time `json:"now"`
	// Units are those that the change affects, sorted by id.
	Units []Unit `json:"units,omitempty"`
	// Unaffected is how many others there are.
	Unaffected int `json:"unaffected"`
	// Problems are what is wrong with the repository as it would be, beside that of a unit.
	Problems problem.List `json:"problems,omitempty"`
	// Rules is what becomes of policies, trust and exceptions that the change alters; nil if it alters none.
	Rules *RulesChange `json:"rules,omitempty"`
	// Exceptions are those of the base that are in force or have ended, with the units that they are about.
	Exceptions []Exception `json:"exceptions,omitempty"`
	// Notes are what a reader should know besides.
	Notes []string `json:"notes,omitempty"`
}

// Revision is a commit, or the work tree.
type Revision struct {
	// Commit is its hash; of the work tree, that of HEAD.
	Commit string `json:"commit"`
	// Subject is the first line of its message.
	Subject string `json:"subject,omitempty"`
	// Uncommitted are the files of the work tree that differ from the commit.
	Uncommitted []string `json:"uncommitted,omitempty"`
}

// Unit is what becomes of one.
type Unit struct {
	// ID is as in prod/llama-3-8b, and Dir its directory.
	ID  string `json:"id"`
	Dir string `json:"dir"`
	// Change is the kind of change: see policies.Change. It is empty for a unit with problems.
	Change string `json:"change,omitempty"`
	// Release is what it is after, and PreviousRelease before; empty where there is none.
	Release         string `json:"release,omitempty"`
	PreviousRelease string `json:"previousRelease,omitempty"`
	// Problems are what is wrong with it. Then it is not decided on.
	Problems problem.List `json:"problems,omitempty"`
	// Objects are those that would be different.
	Objects []diff.Object `json:"objects,omitempty"`
	// GPUs and Cost per hour, before and after; a cost that is not known is absent.
	GPUs Delta `json:"gpus"`
	Cost Delta `json:"costPerHour"`
	// Fit is whether the model fits into the memory of its GPUs, and why; empty for a model on CPUs.
	Fit string `json:"fit,omitempty"`
	// Outcome is what the policies say; nil with problems.
	Outcome *gate.Outcome `json:"outcome,omitempty"`
	// Places are where in the repository a reader should look, for each finding.
	Places []problem.Problem `json:"-"`
	// Admission is what the cluster's own admission policies say of the rendered objects.
	Admission []Admission `json:"admission,omitempty"`
	// Refused is what the API server says to a dry run; only with a cluster.
	Refused []string `json:"refused,omitempty"`
	// Room is whether the cluster has room now; only with a cluster.
	Room string `json:"room,omitempty"`
}

// Delta is a number before and after; nil where it is not known.
type Delta struct {
	Before *float64 `json:"before,omitempty"`
	After  *float64 `json:"after,omitempty"`
}

// Admission is what one of the cluster's own policies says of an object.
type Admission struct {
	Policy  string `json:"policy"`
	Object  string `json:"object"`
	Action  string `json:"action"`
	Message string `json:"message"`
	Failed  bool   `json:"failed,omitempty"`
}

// RulesChange is a change of the rules themselves, which the old rules judge.
type RulesChange struct {
	// Files are those that differ.
	Files []string `json:"files"`
	// Digest of the new rules, which approvals of them are bound to.
	Digest string `json:"digest"`
	// Accepted says whether they would come into force.
	Accepted bool `json:"accepted"`
	// Approvers are who approved them, and Missing what is missing.
	Approvers []string `json:"approvers,omitempty"`
	Missing   string   `json:"missing,omitempty"`
}

// Exception is one from a policy, as a reader sees it.
type Exception struct {
	Name     string    `json:"name"`
	File     string    `json:"file"`
	Units    []string  `json:"units"`
	Policy   string    `json:"policy"`
	Reason   string    `json:"reason"`
	Approver string    `json:"approver"`
	Expires  time.Time `json:"expires"`
	InForce  bool      `json:"inForce"`
}
