package gate

import (
	"cmp"
	"path"

	"github.com/penstock-dev/penstock/environments"
)

// Layout is where things are in the repository.
type Layout struct {
	// Environments is the directory of the environments; "environments" unless told.
	Environments string
	// Policies is the directory of the policies; "policies" unless told.
	Policies string
	// Trust is the directory of the keys that are trusted; "trust" unless told.
	Trust string
}

// WithDefaults fills in what was not told.
func (l Layout) WithDefaults() Layout {
	l.Environments = cmp.Or(l.Environments, "environments")
	l.Policies = cmp.Or(l.Policies, "policies")
	l.Trust = cmp.Or(l.Trust, "trust")
	return l
}

// Exceptions is the directory of the exceptions from policies.
func (l Layout) Exceptions() string { return path.Join(l.Policies, "exceptions") }

// ClusterPolicies is the directory of the cluster's own admission policies.
func (l Layout) ClusterPolicies() string { return path.Join(l.Policies, "cluster") }

// Signers is the file of trusted SSH keys.
func (l Layout) Signers() string { return path.Join(l.Trust, "allowed_signers") }

// Keyring is the file of trusted OpenPGP keys.
func (l Layout) Keyring() string { return path.Join(l.Trust, "openpgp.asc") }

// Settings is the file that says who may change rules and override them.
func (l Layout) Settings() string { return path.Join(l.Trust, "trust.yaml") }

// RuleApprovals is the directory of the approvals of a change of the rules.
func (l Layout) RuleApprovals() string { return path.Join(l.Trust, environments.ApprovalsDir) }

// Names of directories beside a unit, beside environments.ApprovalsDir.
const (
	scansDir       = "scans"
	evaluationsDir = "evaluations"
)

// evidenceDirs are the directories in which results about a model may lie, whatever the environment that it was
// evaluated for: the results name what they are about.
func (l Layout) evidenceDirs(names []string, model, kind string) []string {
	dirs := []string{path.Join(l.Environments, environments.BaseDir, model, kind)}
	for _, name := range names {
		dirs = append(dirs, path.Join(l.Environments, name, model, kind))
	}
	return dirs
}
