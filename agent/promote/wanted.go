package promote

import (
	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/source"
)

// Wanted is how things should be with the promotion of one unit, or with its revert.
type Wanted struct {
	// To and Model are the unit, and Purpose is what its branch is for.
	To, Model string
	Purpose   Purpose
	// Into is the branch that it is merged into, and Target its newest commit as far as it was seen: the one that
	// the Plan or Revert was made for.
	Into   string
	Target *source.Snapshot
	// Plan is the promotion, or Revert the revert, as the Purpose has it; nil when none is wanted. Text tells of it.
	Plan   *Plan
	Revert *Revert
	Text   Text
	// Commit has its files on top of Target, if somebody has made it already; Reconcile makes it otherwise.
	Commit string
	// Why is, without any, why none is wanted, in one sentence, for the pull request that is closed.
	Why string
}

// State is how things are with a promotion or revert.
type State string

// The states.
const (
	// None: there is none, and none is wanted.
	None State = "None"
	// Pushed: the branch is on the server, and there is no forge to ask for a pull request.
	Pushed State = "Pushed"
	// Proposed: the pull request is open.
	Proposed State = "Proposed"
	// Declined: a person closed the pull request, and nothing has changed since.
	Declined State = "Declined"
	// Merged: the forge has merged it, which this side has not seen yet.
	Merged State = "Merged"
	// Stopped: people have commits on the branch, which would be lost. See Result.Message.
	Stopped State = "Stopped"
)

// Action is something that Reconcile did.
type Action string

// The actions.
const (
	BranchPushed  Action = "pushed"
	BranchDeleted Action = "deleted"
	Opened        Action = "opened"
	Updated       Action = "updated"
	Withdrawn     Action = "closed"
)

// Result is what came of it.
type Result struct {
	// State is how things are now.
	State State
	// Did is what was done for that, in this call.
	Did []Action
	// Branch is the branch, and Commit its tip; empty when it is not there.
	Branch, Commit string
	// Key names what is proposed. While it stays the same, so does the answer of a person who closed it.
	Key string
	// PullRequest is the one that is open, that was closed, or that answers for the state; nil without.
	PullRequest *forge.PullRequest
	// Message is what a person should know or do; empty when all is well.
	Message string
}
