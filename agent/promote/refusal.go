package promote

import "github.com/penstock-dev/penstock/environments/problem"

// The rules by which a promotion is refused. The names are stable.
const (
	// NotPromotedFrom: releases come to the environment from nowhere, or from another one.
	NotPromotedFrom = "NotPromotedFrom"
	// ModelNotPlaced: the target has no such model, so nobody has said where it should run.
	ModelNotPlaced = "ModelNotPlaced"
	// NoReleaseFile: the release is not in a file release.yaml that the model is built from.
	NoReleaseFile = "NoReleaseFile"
	// NotOnlyRelease: release.yaml says more than the release.
	NotOnlyRelease = "NotOnlyRelease"
	// SameRelease: the target has this very release already.
	SameRelease = "SameRelease"
	// OtherRelease: the same file would be another release in the target.
	OtherRelease = "OtherRelease"
	// Broken: the environment or the model cannot be rendered.
	Broken = "Broken"
)

// Refusal says why there is nothing to promote.
type Refusal struct {
	// Rule is one of those above.
	Rule string
	// Problems say what is in the way, where, and how to mend it.
	Problems problem.List
}

// Error is the problems, one a line.
func (r *Refusal) Error() string { return r.Problems.Error() }

// Unwrap returns the problems.
func (r *Refusal) Unwrap() error { return r.Problems }

// refuse makes a refusal of one problem.
func refuse(p problem.Problem) error { return &Refusal{Rule: p.Rule, Problems: problem.List{p}} }

// broken refuses what cannot be rendered.
func broken(err error) error { return &Refusal{Rule: Broken, Problems: problem.Of(err)} }
