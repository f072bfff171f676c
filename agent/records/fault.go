package records

import "fmt"

// Fault is what is wrong with a branch. The names are stable.
type Fault string

// The faults.
const (
	// Forged: a commit is not signed, or its signature is not for these bytes, too weak or made for something else.
	Forged Fault = "Forged"
	// ForeignKey: a key signed that is not trusted for this environment, or was not at the time.
	ForeignKey Fault = "ForeignKey"
	// Edited: what was written before was changed or removed, or does not follow from what came before it.
	Edited Fault = "Edited"
	// Replayed: facts are there that have been before, under the same numbers.
	Replayed Fault = "Replayed"
	// Truncated: facts are missing that have been there.
	Truncated Fault = "Truncated"
	// Rewritten: the branch does not contain what was on it before.
	Rewritten Fault = "Rewritten"
	// OtherEnvironment: the facts are about another environment.
	OtherEnvironment Fault = "OtherEnvironment"
	// Merged: a commit has several parents. An agent never makes one.
	Merged Fault = "Merged"
	// Malformed: a commit or file is not as Penstock writes it.
	Malformed Fault = "Malformed"
	// Misdated: time goes backwards.
	Misdated Fault = "Misdated"
	// FromTheFuture: a fact is later than now. By itself that ends when its time comes.
	FromTheFuture Fault = "FromTheFuture"
)

// meanings say what a fault means for whoever reads the branch.
var meanings = map[Fault]string{
	Forged:           "anybody who may push could have written it; nothing from here on is proven",
	ForeignKey:       "somebody wrote it who is not this environment's agent, or the agent's key is not listed; nothing from here on is proven",
	Edited:           "the log was changed after it was written; what it says from here on is not what the agent wrote",
	Replayed:         "facts of the past were put in again; they do not tell what is",
	Truncated:        "facts that were there are gone; what is left tells only a part",
	Rewritten:        "the branch was moved by force or begun anew; what it says now is not what was verified before",
	OtherEnvironment: "what happened elsewhere proves nothing of this environment",
	Merged:           "somebody other than an agent made it; nothing from here on is proven",
	Malformed:        "Penstock did not write it; nothing from here on is proven",
	Misdated:         "the agent's clock never goes backwards in its log, so somebody else wrote it or the agent is broken",
	FromTheFuture:    "a clock is wrong, the agent's or this one; it counts for nothing before its time",
}

// BranchError is the first thing that is wrong with a branch.
type BranchError struct {
	// Fault is its kind.
	Fault Fault
	// Branch and Commit are where; File too, if one is to blame.
	Branch, Commit, File string
	// Sequence is the number of the fact; 0 if it is about none.
	Sequence uint64
	// Problem says what is wrong.
	Problem string
	// Err is why, if another error says so: a trust.Refusal or a problem.List.
	Err error
}

// Error is on one line: where, what, and what it means.
func (e *BranchError) Error() string {
	place := e.Branch
	if e.Commit != "" {
		place += fmt.Sprintf(", commit %.12s", e.Commit)
	}
	if e.File != "" {
		place += ", " + e.File
	}
	return fmt.Sprintf("%s: %s: %s: %s", place, e.Fault, e.Problem, e.Meaning())
}

// Meaning is what follows from it.
func (e *BranchError) Meaning() string { return meanings[e.Fault] }

// Unwrap is Err.
func (e *BranchError) Unwrap() error { return e.Err }
