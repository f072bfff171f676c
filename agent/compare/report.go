package compare

import (
	"slices"
	"time"
)

// Report is how environments differ. Written as JSON its fields keep their names and meaning; new ones may come.
type Report struct {
	// Environments are the names of those that are compared, in the order in which they were asked for.
	Environments []string `json:"environments"`
	// Commit is what was compared, and Uncommitted how many files of it are not in that commit.
	Commit      string `json:"commit,omitempty"`
	Uncommitted int    `json:"uncommitted,omitempty"`
	// Models are all that one of the environments has, sorted by name.
	Models []Model `json:"models"`
	// Settings are how the environments themselves differ: policies, windows and other rules.
	Settings []Difference `json:"settings,omitempty"`
	// Notes are what a reader should know besides.
	Notes []string `json:"notes,omitempty"`
}

// Model is one model in all environments.
type Model struct {
	// Name is as in llama-3-8b.
	Name string `json:"name"`
	// In has one entry for each environment, in their order.
	In []Side `json:"in"`
	// Release and Placement are the fields that differ, between the environments that have the model. They are filled in for
	// two environments alone.
	Release   []Difference `json:"release,omitempty"`
	Placement []Difference `json:"placement,omitempty"`
	// Apart is how far the releases are apart; nil where they are the same, or that is not known.
	Apart *Apart `json:"apart,omitempty"`
}

// Side is a model in one environment.
type Side struct {
	// Release is its short id, and Digest all of it; empty where there is none.
	Release string `json:"release,omitempty"`
	Digest  string `json:"digest,omitempty"`
	// Model is the source of the weights, Revision which, Image what runs them, and Arguments what is added to its own.
	Model     string   `json:"model,omitempty"`
	Revision  string   `json:"revision,omitempty"`
	Image     string   `json:"image,omitempty"`
	Arguments []string `json:"arguments,omitempty"`
	// GPUs is how many all replicas take.
	GPUs int64 `json:"gpus"`
	// Missing says that the environment has no such model, and Broken why it cannot be built; mostly empty.
	Missing bool   `json:"missing,omitempty"`
	Broken  string `json:"broken,omitempty"`
}

// Difference is one thing that differs.
type Difference struct {
	// Field is its path, as in spec.release.runtime.image, or as in policy gpu-quota.
	Field string `json:"field"`
	// Values are those in each environment, in their order; nil where there is none.
	Values []any `json:"values"`
}

// Apart is how far two releases are apart, by the commits that changed release.yaml.
type Apart struct {
	// Ahead is the environment that has the newer one, where one of both had the release of the other before; empty where each
	// has changed by itself.
	Ahead string `json:"ahead,omitempty"`
	// Steps is how many changes of the files lie between them, and More that there are others before.
	Steps int  `json:"steps"`
	More  bool `json:"more,omitempty"`
	// Since is when the first of these changes was committed, as the committer says.
	Since time.Time `json:"since"`
}

// SameRelease says whether all environments that have the model, and can build it, have the same release of it.
func (m Model) SameRelease() bool {
	digest := ""
	for _, side := range m.In {
		switch {
		case side.Digest == "":
		case digest != "" && digest != side.Digest:
			return false
		default:
			digest = side.Digest
		}
	}
	return true
}

// Differs says whether there is anything to tell of the model.
func (m Model) Differs() bool {
	return !m.SameRelease() || len(m.Placement) > 0 || m.has(Side.isMissing) || m.has(Side.isBroken)
}

func (m Model) has(what func(Side) bool) bool { return slices.ContainsFunc(m.In, what) }

func (s Side) isMissing() bool { return s.Missing }
func (s Side) isBroken() bool  { return s.Broken != "" }

// Differs says whether anything differs.
func (r *Report) Differs() bool {
	return len(r.Settings) > 0 || slices.ContainsFunc(r.Models, Model.Differs)
}
