package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/render"
)

// approved is what somebody is asked to agree to.
type approved struct {
	unit    string // as in the statement
	title   string // for the commit
	content string
	dir     string      // where its approvals lie
	rows    [][2]string // what there is to know about it
	// files are those that have to be committed, all of them or those below paths that isPart takes.
	paths  []string
	isPart func(name string) bool
}

// find finds what is to be approved, as it is committed.
func (o *approveOptions) find(clone *source.Clone, head *source.Snapshot, name string) (*approved, error) {
	switch {
	case name == approval.RulesUnit && o.removal:
		return nil, errors.New("rules cannot be removed; approve the change of the rules without --removal")
	case name == approval.RulesUnit:
		return o.rules(clone, head)
	case o.removal:
		return o.leaving(clone, head, name)
	}
	return o.model(head, name)
}

// model is a model as it is in a commit.
func (o *approveOptions) model(tree fs.FS, name string) (*approved, error) {
	all, err := environments.Load(tree, o.layout.Environments)
	if err != nil {
		return nil, err
	}
	part, err := all.Select(name)
	if err != nil {
		return nil, fmt.Errorf("%w; what is approved has to be committed", err)
	}
	if len(part.Units) != 1 || !strings.Contains(strings.TrimSuffix(name, "/"), "/") {
		return nil, fmt.Errorf("%s is not one model; approve each by itself, as in prod/llama-3-8b", name)
	}
	objects, err := render.New().Render(tree, part.Units[0])
	if err != nil {
		return nil, asInvalid(err)
	}
	return o.modelOf(objects), nil
}

func (o *approveOptions) modelOf(objects *render.Objects) *approved {
	unit, release := objects.Unit, objects.Descriptor.Spec.Release
	model := release.Model.Source
	if release.Model.Revision != "" {
		model += " at " + release.Model.Revision
	}
	made := &approved{
		unit: unit.ID(), title: unit.ID(), content: objects.Content, dir: gate.ApprovalDir(unit),
		rows: [][2]string{
			{"unit", unit.ID()}, {"release", objects.ReleaseID}, {"image", release.Runtime.Image}, {"model", model},
			{"GPUs", fmt.Sprint(objects.GPUs)},
		},
		isPart: func(string) bool { return true },
	}
	for _, f := range objects.Files {
		made.paths = append(made.paths, f.Name)
	}
	made.rows = append(made.rows, [2]string{"files", strings.Join(made.paths, " ")})
	return made
}

// leaving is the removal of a model, which is still there, or was before the change.
func (o *approveOptions) leaving(clone *source.Clone, head *source.Snapshot, name string) (*approved, error) {
	tree, from := head, "HEAD"
	if !o.hasUnit(head, name) {
		var err error
		if tree, from, err = o.baseOf(clone); err != nil {
			return nil, fmt.Errorf("finding what is removed: %w", err)
		}
	}
	made, err := o.model(tree, name)
	if err != nil {
		return nil, fmt.Errorf("finding what is removed, as of %s: %w", from, err)
	}
	made.title, made.content = "the removal of "+made.unit, gate.RemovalContent(made.content)
	made.rows = append([][2]string{{"removal of", made.unit}}, made.rows[1:]...)
	return made, nil
}

func (o *approveOptions) hasUnit(tree fs.FS, name string) bool {
	all, err := environments.Load(tree, o.layout.Environments)
	if err != nil {
		return false
	}
	part, err := all.Select(name)
	return err == nil && len(part.Units) > 0
}

// baseOf is the commit that the change is to be merged into, and its name.
func (o *approveOptions) baseOf(clone *source.Clone) (*source.Snapshot, string, error) {
	base := o.base
	if base == "" {
		var err error
		if base, err = clone.DefaultBase(os.Getenv, o.layout.directories()...); err != nil {
			return nil, "", err
		}
	}
	if base == "" {
		return nil, "", errors.New("there was nothing before the first commit; give --base")
	}
	at, err := clone.Resolve(base)
	return at, base, err
}

// rules are all rules as they are committed.
func (o *approveOptions) rules(clone *source.Clone, head *source.Snapshot) (*approved, error) {
	layout := o.layout.Layout
	tree, err := environments.Load(head, layout.Environments)
	if err != nil {
		return nil, err
	}
	loaded, problems := gate.LoadRules(head, layout, tree)
	if len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	made := &approved{
		unit: approval.RulesUnit, title: "the rules", content: loaded.Digest, dir: layout.RuleApprovals(), paths: o.layout.directories(), isPart: layout.IsRule,
		rows: [][2]string{{"rules", "policies, exceptions, trust and the rules of every environment"}},
	}
	base, name, err := o.baseOf(clone)
	if err != nil {
		made.rows = append(made.rows, [2]string{"changed", "not known: " + err.Error()})
		return made, nil
	}
	changed := changedRules(base, head, layout)
	made.rows = append(made.rows, [2]string{"changed", fmt.Sprintf("%d files since %s", len(changed), name)})
	for _, file := range changed {
		made.rows = append(made.rows, [2]string{"", file})
	}
	return made, nil
}

// changedRules are the files of rules that are not the same in two commits, sorted.
func changedRules(before, after *source.Snapshot, layout gate.Layout) []string {
	names := slices.Concat(ruleFiles(before, layout), ruleFiles(after, layout))
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		old, lost := before.ObjectID(name)
		now, gone := after.ObjectID(name)
		return lost == nil && gone == nil && old == now
	})
}

// ruleFiles are the files of a tree in which rules are.
func ruleFiles(tree fs.FS, layout gate.Layout) []string {
	names, _ := fs.Glob(tree, path.Join(layout.Environments, "*", environments.EnvironmentFile))
	for _, dir := range []string{layout.Policies, layout.Trust} {
		_ = fs.WalkDir(tree, dir, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && layout.IsRule(name) {
				names = append(names, name)
			}
			return nil // what cannot be read, loading the rules has said
		})
	}
	return names
}

// checkCommitted refuses what is on disk and in no commit: it would look as if it had been approved.
func (a *approved) checkCommitted(clone *source.Clone) error {
	work, err := clone.WorkTree()
	if err != nil {
		return err
	}
	defer work.Close()
	dirty, err := work.Dirty(a.paths...)
	if err != nil {
		return err
	}
	dirty = slices.DeleteFunc(dirty, func(name string) bool { return !a.isPart(name) })
	if len(dirty) > 0 {
		return &negativeError{fmt.Sprintf("%s: what is not committed cannot be approved; commit it, or put it back with git restore", strings.Join(dirty, ", "))}
	}
	return nil
}
