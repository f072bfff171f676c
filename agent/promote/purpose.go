package promote

import "github.com/penstock-dev/penstock/agent/source"

// Purpose is what a branch is for.
type Purpose string

// The purposes.
const (
	// Promotion brings a release from one environment to the next.
	Promotion Purpose = ""
	// Reversion has Git ask again for a release that the agent has gone back to by itself.
	Reversion Purpose = "revert"
)

// Branch is the branch of a unit for the purpose. There is one for each.
func (p Purpose) Branch(environment, model string) string {
	if p == Reversion {
		return revertPrefix + environment + "/" + model
	}
	return Branch(environment, model)
}

// noun is what a branch for the purpose is called.
func (p Purpose) noun() string {
	if p == Reversion {
		return "revert"
	}
	return "promotion"
}

// verb is what is done by it.
func (p Purpose) verb() string {
	if p == Reversion {
		return "revert"
	}
	return "promote"
}

// Proposal is what a pull request proposes: a *Plan or a *Revert.
type Proposal interface {
	// Unit is what it is about, as in prod/llama-3-8b.
	Unit() string
	// ReleaseID and Digest are of the release that the unit is to have.
	ReleaseID() string
	Digest() string
	// Replaces is the short id of the release that it has now; empty when that is broken.
	Replaces() string
	// Key names what is proposed, and what it would be merged into. While it stays the same, so does the answer of a person
	// who closed it.
	Key() string
	// Files are what it writes, by name; a file whose content is nil is removed.
	Files() map[string][]byte
}

var _, _ Proposal = (*Plan)(nil), (*Revert)(nil)

// Proposal is what is wanted; nil if nothing is.
func (w Wanted) Proposal() Proposal {
	switch {
	case w.Plan != nil:
		return w.Plan
	case w.Revert != nil:
		return w.Revert
	}
	return nil
}

// isClaimed says whether a commit is meant to do for the unit what the branch is for.
func (w Wanted) isClaimed(commit source.Commit) bool {
	if w.Purpose == Reversion {
		claim, ok := ReadReversal(commit)
		return ok && claim.Environment == w.To && claim.Model == w.Model
	}
	claim, ok := ReadClaim(commit)
	return ok && claim.Model == w.Model
}
