package check

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render/diff"
)

// Report is what a change would do. Written as JSON its fields keep their names and meaning; new ones may come. Times are
// in UTC, and what is not known or does not apply is absent.
type Report struct {
	// Verdict is the worst of all units; Hold too when something is invalid or a change of the rules is not accepted.
	Verdict policies.Verdict `json:"verdict"`
	// Base is what the change is to be merged into, Fork where it left that, and Head its newest commit. Base and Fork
	// have no commit when there was nothing before.
	Base Revision `json:"base"`
	Fork Revision `json:"fork"`
	Head Revision `json:"head"`
	// Now is the time of all decisions.
	Now time.Time `json:"now"`
	// Units are those that the change affects, sorted by id.
	Units []Unit `json:"units,omitempty"`
	// Unaffected is how many others there are, of those that were selected.
	Unaffected int `json:"unaffected"`
	// Problems are what is wrong with the repository as it would be, beside that of a unit.
	Problems problem.List `json:"problems,omitempty"`
	// Rules is what becomes of policies, trust and exceptions that the change alters; nil if it alters none.
	Rules *RulesChange `json:"rules,omitempty"`
	// Exceptions are those of the base that are in force or have ended, with the units that they are about.
	Exceptions []Exception `json:"exceptions,omitempty"`
	// Policies are what the policies that have something to say are for, by their names.
	Policies map[string]string `json:"policies,omitempty"`
	// Notes are what a reader should know besides.
	Notes []string `json:"notes,omitempty"`
}

// Revision is a commit, or the work tree.
type Revision struct {
	// Commit is its hash; of the work tree, that of HEAD.
	Commit string `json:"commit,omitempty"`
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
	// Places are where in the repository a reader should look: one for each finding of the outcome, in their order, and
	// then one for the unit as a whole.
	Places []Place `json:"places,omitempty"`
	// Admission is what the cluster's own admission policies say of the rendered objects.
	Admission []admission.Finding `json:"admission,omitempty"`
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
	// Name is its own, File and Line where it is written.
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Units are as in prod/llama-3-8b, or prod/* for all of an environment; Policy is what they are excepted from.
	Units  []string `json:"units"`
	Policy string   `json:"policy"`
	// Reason is why, and Approver who has agreed.
	Reason   string `json:"reason"`
	Approver string `json:"approver"`
	// Expires is when it ends, and InForce whether it has not yet.
	Expires time.Time `json:"expires"`
	InForce bool      `json:"inForce"`
}

// holds says whether the unit would not come to be as the change wants it.
func (u Unit) holds() bool {
	return len(u.Problems) > 0 || len(u.Refused) > 0 || u.Outcome != nil && u.Outcome.Verdict == policies.Hold || u.isAdmission(isError)
}

// warns says whether there is something to be told of a unit that comes to be.
func (u Unit) warns() bool {
	return u.Outcome != nil && u.Outcome.Verdict == policies.Warn || u.isAdmission(isWarning)
}

// isAdmission says whether the cluster's own policies say something of a level.
func (u Unit) isAdmission(of level) bool {
	return slices.ContainsFunc(u.Admission, func(f admission.Finding) bool { return levelOf(string(f.Action)) == of })
}

// word is what becomes of the unit, for people.
func (u Unit) word() string {
	switch {
	case len(u.Problems) > 0:
		return "invalid"
	case u.holds():
		return "held"
	case u.warns():
		return "admitted with warnings"
	}
	return "admitted"
}

func byID(x, y Unit) int { return strings.Compare(x.ID, y.ID) }
