package audit

import (
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Status is how the records of an environment stand.
type Status string

// The statuses, from best to worst.
const (
	// Verified: every commit and every fact of the branch holds.
	Verified Status = "Verified"
	// Missing: the environment should have records, and the clone has no branch with them.
	Missing Status = "Missing"
	// NoKeys: nobody says who may sign the records, so that nothing can be verified.
	NoKeys Status = "NoKeys"
	// Unreadable: the clone lacks a part of the branch.
	Unreadable Status = "Unreadable"
	// Broken: a commit is not what it should be.
	Broken Status = "Broken"
)

// Verification is what came of verifying.
type Verification struct {
	// Revision is the branch that was held against the records, with the commit that it was at.
	Revision Revision `json:"revision"`
	// Now is the auditor's clock, and Version that of Penstock.
	Now     time.Time `json:"now"`
	Version string    `json:"version,omitempty"`
	// Against says what facts were held against: signatures and chain alone, or Git too.
	Against Depth `json:"against"`
	// Environments are those with records, and those that should have them, by name.
	Environments []*Standing `json:"environments"`
	// Notes are what a reader should know.
	Notes []string `json:"notes,omitempty"`
}

// Depth is how much is verified.
type Depth string

// The depths.
const (
	// Chain is signatures, and the facts as a chain.
	Chain Depth = "chain"
	// Git is Chain, and all that facts say of commits, files, rules, signers and approvals.
	Git Depth = "git"
)

// Revision is a commit by its name.
type Revision struct {
	Name    string `json:"name"`
	Commit  string `json:"commit"`
	Subject string `json:"subject,omitempty"`
}

// Standing is how the records of one environment stand.
type Standing struct {
	// Environment is whose records these are, and Branch where they are.
	Environment string `json:"environment"`
	Branch      string `json:"branch"`
	Status      Status `json:"status"`
	// Problem says, in words, why it is not Verified; empty when it is.
	Problem string `json:"problem,omitempty"`
	// Fault is the first bad commit, of Broken.
	Fault *Fault `json:"fault,omitempty"`
	// Hint says what may explain it and what can be done.
	Hint string `json:"hint,omitempty"`
	// Tip is where the branch is, and FirstCommit what it begins with.
	Tip         string `json:"tip,omitempty"`
	FirstCommit string `json:"firstCommit,omitempty"`
	// Commits and Facts are how many were verified, From and Until the times of the first and the last fact.
	Commits int        `json:"commits"`
	Facts   int        `json:"facts"`
	From    *time.Time `json:"from,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	// Pin is the last fact that was verified: note it down.
	Pin *Pin `json:"pin,omitempty"`
	// KeysFrom says who lists the keys, and Keys which.
	KeysFrom string `json:"keysFrom,omitempty"`
	Keys     []Key  `json:"keys,omitempty"`
	// Lost are facts that were dropped before they could be written: gaps in what is told.
	Lost []Gap `json:"lost,omitempty"`
	// Pins are what was expected.
	Pins []PinResult `json:"pins,omitempty"`
	// Git is what came of holding the facts against Git; nil when that was not done.
	Git *GitResult `json:"git,omitempty"`

	ledger *records.Ledger // of what holds
}

// Fault is the first thing that is wrong with a branch: see records.BranchError.
type Fault struct {
	Kind     records.Fault `json:"kind"`
	Commit   string        `json:"commit,omitempty"`
	File     string        `json:"file,omitempty"`
	Sequence uint64        `json:"sequence,omitempty"`
	// Problem is what is wrong, and Meaning what that means.
	Problem string `json:"problem"`
	Meaning string `json:"meaning"`
}

// Key is one that may sign records.
type Key struct {
	// Fingerprint as ssh-keygen -l shows it, Type such as ssh-ed25519, and Comment.
	Fingerprint string `json:"fingerprint"`
	Type        string `json:"type"`
	Comment     string `json:"comment,omitempty"`
	// ValidAfter and ValidBefore bound when it counts.
	ValidAfter  *time.Time `json:"validAfter,omitempty"`
	ValidBefore *time.Time `json:"validBefore,omitempty"`
	// Used says whether it signed any commit that was verified.
	Used bool `json:"used"`
}

// Gap is a place where facts are missing, by the agent's own account.
type Gap struct {
	// Sequence of the fact that says so, when, and how many facts were dropped.
	Sequence uint64    `json:"sequence"`
	Time     time.Time `json:"time"`
	Model    string    `json:"model,omitempty"`
	Facts    int       `json:"facts"`
	Message  string    `json:"message"`
}

// PinResult is what became of a fact that was expected.
type PinResult struct {
	Pin
	// Holds says whether the chain has just this fact; Problem says what it has in its place.
	Holds   bool   `json:"holds"`
	Problem string `json:"problem,omitempty"`
}

// GitResult is what came of holding facts against Git.
type GitResult struct {
	// Facts, Commits and so on count what was looked at and agreed, or not.
	Facts      int `json:"facts"`
	Commits    int `json:"commits"`
	Files      int `json:"files"`
	Rules      int `json:"rules"`
	Signatures int `json:"signatures"`
	Approvals  int `json:"approvals"`
	// Disagreements are what does not agree, the first of them; More is how many there are beyond.
	Disagreements []Disagreement `json:"disagreements,omitempty"`
	More          int            `json:"more,omitempty"`
	// Unknown is what could not be told, such as in a shallow clone.
	Unknown []string `json:"unknown,omitempty"`
}

// Disagreement is something that a fact says and Git does not.
type Disagreement struct {
	// Rule is a stable name of what was looked at: UnknownCommit, OtherFile, OtherContent, OtherRules, OtherCommit,
	// OtherSigner, UnknownApproval.
	Rule string `json:"rule"`
	// Sequence and Model are those of the fact, and RecordedBy the commit that brought it.
	Sequence   uint64 `json:"sequence"`
	Model      string `json:"model,omitempty"`
	RecordedBy string `json:"recordedBy"`
	// Problem is what is different, and Meaning what that means.
	Problem string `json:"problem"`
	Meaning string `json:"meaning"`
}

// Outcome is Verified when all is well.
type Outcome string

// The outcomes.
const (
	// Holds: everything that was looked at is as it should be.
	Holds Outcome = "holds"
	// Wrong: something is not.
	Wrong Outcome = "wrong"
	// Untold: nothing is known to be wrong, and something could not be told.
	Untold Outcome = "untold"
)

// Outcome sums up.
func (v *Verification) Outcome() Outcome {
	result := Holds
	for _, s := range v.Environments {
		switch s.Outcome() {
		case Wrong:
			return Wrong
		case Untold:
			result = Untold
		}
	}
	return result
}

// Outcome sums up one environment.
func (s *Standing) Outcome() Outcome {
	for _, p := range s.Pins {
		if !p.Holds && s.Status != Unreadable {
			return Wrong
		}
	}
	switch {
	case s.Status == Broken || s.Status == Missing || s.Status == NoKeys:
		return Wrong
	case s.Git != nil && len(s.Git.Disagreements) > 0:
		return Wrong
	case s.Status == Unreadable || s.Git != nil && len(s.Git.Unknown) > 0:
		return Untold
	}
	return Holds
}

// Standing is that of an environment; nil if it is not known.
func (v *Verification) Standing(environment string) *Standing {
	for _, s := range v.Environments {
		if s.Environment == environment {
			return s
		}
	}
	return nil
}
