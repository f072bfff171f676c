package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Auditor answers questions about one clone. It is not safe for concurrent use.
type Auditor struct {
	config   Config
	clone    *source.Clone
	followed *source.Snapshot   // the branch that agents follow
	tree     *environments.Tree // as it has them
	tips     map[string]string  // of the branches with records, by environment
}

// Fetch is the command that brings the branches with records into a clone.
const Fetch = "git fetch origin 'refs/heads/penstock/records/*:refs/remotes/origin/penstock/records/*'"

// ErrNoRecords is the error of Open when there is nothing to audit.
var ErrNoRecords = errors.New("the clone has no branch penstock/records/…, and no environment file asks for one")

// Open finds what there is to audit. The caller closes the clone.
func Open(config Config) (*Auditor, error) {
	config.Layout, config.Revision = config.Layout.WithDefaults(), cmp.Or(config.Revision, "HEAD")
	a := &Auditor{config: config, clone: config.Clone}
	var err error
	if a.followed, err = config.Clone.Resolve(config.Revision); err != nil {
		return nil, err
	}
	if a.tips, err = tipsOf(config.Clone); err != nil {
		return nil, err
	}
	if a.tree, err = environments.Load(a.followed, config.Layout.Environments); errors.Is(err, fs.ErrNotExist) {
		a.tree, err = &environments.Tree{}, nil
		if config.Keys == nil {
			return nil, fmt.Errorf("there is no %s in %s, and so nobody says which keys may sign records: name the branch that the agents follow with --revision, its directory with --path, or your own list of keys with --keys",
				config.Layout.Environments, a.revisionName())
		}
	}
	if err != nil {
		return nil, err
	}
	if len(a.names()) == 0 {
		return nil, a.nothing()
	}
	return a, nil
}

// nothing says why there is nothing to audit.
func (a *Auditor) nothing() error {
	why := ErrNoRecords
	if a.clone.Shallow() {
		return fmt.Errorf("%w; it is shallow, and mostly has one branch only: %s, and git fetch --unshallow", why, Fetch)
	}
	return fmt.Errorf("%w; fetch them: %s", why, Fetch)
}

// tipsOf are the tips of the branches with records, by environment. What cannot be the name of an environment is no record.
func tipsOf(clone *source.Clone) (map[string]string, error) {
	prefix := records.Branch("")
	branches, err := clone.Branches(prefix)
	tips := make(map[string]string, len(branches))
	for name, tip := range branches {
		tips[strings.TrimPrefix(name, prefix)] = tip
	}
	return tips, err
}

// revisionName is the revision as it was asked for, with its commit.
func (a *Auditor) revisionName() string {
	return fmt.Sprintf("%s (%.12s)", a.config.Revision, a.followed.Commit().Hash)
}

// names are all environments that have records or should have them, or that pins speak of, sorted.
func (a *Auditor) names() []string {
	names := map[string]bool{}
	for name := range a.tips {
		names[name] = true
	}
	for _, env := range a.tree.Environments {
		if env.Spec.Records != nil {
			names[env.Name] = true
		}
	}
	for _, pin := range a.config.Expect {
		names[pin.Environment] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// environment is what the followed branch has of one; nil when it has none.
func (a *Auditor) environment(name string) *environments.Environment {
	for _, env := range a.tree.Environments {
		if env.Name == name {
			return env
		}
	}
	return nil
}

// listed are the keys that may sign the records of an environment, and who says so. The problem is empty unless nobody does.
func (a *Auditor) listed(name string) (keys []v1alpha1.RecordKey, from, problem string) {
	if file := a.config.Keys; file != nil {
		if keys = file.For(name); len(keys) == 0 {
			return nil, file.Name, fmt.Sprintf("%s lists no key for penstock@%s", file.Name, name)
		}
		return keys, file.Name, ""
	}
	env := a.environment(name)
	switch {
	case env == nil:
		return nil, "", fmt.Sprintf("there is no environment %s in %s, and so no key is listed for it", name, a.revisionName())
	case len(env.Problems) > 0:
		return nil, "", fmt.Sprintf("the environment file is broken: %s", oneLine(env.Problems[0].Error()))
	}
	from = fmt.Sprintf("%s/%s in %s", env.Dir, environments.EnvironmentFile, a.revisionName())
	if env.Spec.Records == nil {
		return nil, from, fmt.Sprintf("%s has no spec.records.keys, and so nobody says who may sign", from)
	}
	return env.Spec.Records.Keys, from, ""
}

// select1 checks the name of an environment that was asked for.
func (a *Auditor) select1(name string) error {
	names := a.names()
	if slices.Contains(names, name) {
		return nil
	}
	if a.environment(name) != nil {
		return fmt.Errorf("the environment %s has no records here: the clone has no branch %s; fetch it: %s", name, records.Branch(name), Fetch)
	}
	text := fmt.Sprintf("there is no environment %q with records; there are %s", name, strings.Join(names, ", "))
	if near := spelling.Nearest(name, names); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return errors.New(text)
}

// selected are the environments that were asked for; all of them when none was.
func (a *Auditor) selected(names []string) ([]string, error) {
	for _, name := range names {
		if err := a.select1(name); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return a.names(), nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Verify verifies the records of environments; of all when none is named. It fails only when that cannot be told at all, and
// what is wrong is in the Verification.
func (a *Auditor) Verify(ctx context.Context, depth Depth, names ...string) (*Verification, error) {
	names, err := a.selected(names)
	if err != nil {
		return nil, err
	}
	followed := a.followed.Commit()
	v := &Verification{
		Revision: Revision{Name: a.config.Revision, Commit: followed.Hash, Subject: followed.Subject()},
		Now:      a.config.Now, Version: a.config.Version, Against: depth,
	}
	if a.clone.Shallow() {
		v.Notes = append(v.Notes, "the clone is shallow: what came before its oldest commits is not known")
	}
	for _, name := range names {
		s, err := a.stand(ctx, name)
		if err != nil {
			return nil, err
		}
		v.Environments = append(v.Environments, s)
	}
	if depth == Git {
		err = a.holdAgainstGit(ctx, v)
	}
	return v, err
}
