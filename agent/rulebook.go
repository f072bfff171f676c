package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/trust"
)

// rulebook knows which rules are in force: those of the newest commit whose rules the ones before it admitted.
type rulebook struct {
	layout gate.Layout
	pinned string // digest of the file of trusted keys as it was at install; "" when it was not said

	seen     string // the rules that were looked at last, by Git's ids
	accepted []accepted
	consents map[string]time.Time // when the approvals of rules that were ever in force end, by the rules' digest
	last     string               // digest of the rules that an earlier agent had in force and that cannot be read; mostly ""
	err      error                // why the newest rules are not in force
}

// accepted are rules that came into force.
type accepted struct {
	commit string
	rules  *gate.Rules
}

// maxAccepted is how many earlier rules are kept, for changes that came in one commit with newer ones.
const maxAccepted = 8

// adopt looks at the rules of a snapshot, and puts them in force if they may be. With rules that are wrong or that nobody
// approved, the old ones stay.
func (b *rulebook) adopt(snapshot *source.Snapshot, tree *environments.Tree) {
	seen := b.ids(snapshot, tree)
	if seen == b.seen && b.err == nil && len(b.accepted) > 0 {
		return
	}
	before := *b
	b.seen = seen
	b.err = b.judge(snapshot, tree, time.Now())
	if !snapshot.Intact() { // what was read may not be what the commit has
		*b = before
	}
}

// judge accepts the rules of a snapshot, or says why not.
func (b *rulebook) judge(snapshot *source.Snapshot, tree *environments.Tree, now time.Time) error {
	rules, problems := gate.LoadRules(snapshot, b.layout, tree)
	if err := problems.Err(); err != nil {
		return fmt.Errorf("the rules of commit %.12s cannot be used, and the ones before stay in force: %w", snapshot.Commit().Hash, err)
	}
	before := b.inForce()
	if before == nil {
		if err := b.checkFirst(snapshot, rules); err != nil {
			return err
		}
		before = rules
	}
	if err := b.admit(before, rules, snapshot, now); err != nil {
		return err
	}
	if len(b.accepted) == 0 || before.Digest != rules.Digest {
		b.accepted = append(b.accepted, accepted{commit: snapshot.Commit().Hash, rules: rules})
		b.accepted = b.accepted[max(0, len(b.accepted)-maxAccepted):]
	}
	return nil
}

// admit asks the rules in force, and keeps in mind how long approvals of the new ones will count: once other rules have
// replaced these, they count no more.
func (b *rulebook) admit(before, rules *gate.Rules, snapshot *source.Snapshot, now time.Time) error {
	var former time.Time
	if rules.Digest != before.Digest {
		former = b.consents[rules.Digest]
	}
	consent, err := before.AdmitAgain(rules, snapshot, former, now)
	if err != nil {
		return err
	}
	consents := map[string]time.Time{}
	for digest, until := range b.consents {
		if until.After(now) {
			consents[digest] = until
		}
	}
	if until := consent.Until.UTC(); until.After(consents[rules.Digest]) {
		consents[rules.Digest] = until
	}
	b.consents = consents
	return nil
}

// checkFirst judges rules when none are in force: they must be those of before, or come with the keys that the admin
// trusted at install.
func (b *rulebook) checkFirst(snapshot *source.Snapshot, rules *gate.Rules) error {
	if b.last != "" {
		if rules.Digest == b.last {
			return nil
		}
		return fmt.Errorf("the rules that were in force (%.19s) cannot be read by this version, and nobody can judge the new ones; nothing is applied: "+
			"go back to those rules or to the version of Penstock before, or delete the agent's ConfigMap to trust the new ones", b.last)
	}
	if b.pinned == "" {
		return nil
	}
	data, err := fs.ReadFile(snapshot, b.layout.Signers())
	if err != nil {
		return fmt.Errorf("the keys that were trusted at install are not there: %w; nothing is applied", err)
	}
	if got := trust.Digest(data); got != b.pinned {
		return fmt.Errorf("%s is not the file that was trusted at install (%s, and it is %s now); nothing is applied: "+
			"look at its history, and install again with the new digest if it is right", b.layout.Signers(), b.pinned, got)
	}
	return nil
}

// recall takes up the rules that an earlier agent accepted, from the history. When the last of them cannot be read, only
// the same rules may come into force.
func (b *rulebook) recall(repository *source.Repository, remembered []AcceptedRules) {
	b.last, b.accepted, b.consents = "", nil, map[string]time.Time{}
	for i, r := range remembered {
		if r.Until != nil {
			b.consents[r.Digest] = r.Until.UTC()
		}
		if r.Commit == "" {
			continue
		}
		rules, err := b.at(repository, r)
		if err == nil {
			b.accepted = append(b.accepted, accepted{commit: r.Commit, rules: rules})
		} else if i == len(remembered)-1 {
			b.accepted, b.last = nil, r.Digest
		}
	}
}

// at reads rules that were accepted.
func (b *rulebook) at(repository *source.Repository, r AcceptedRules) (*gate.Rules, error) {
	snapshot, err := repository.At(r.Commit)
	if err != nil {
		return nil, err
	}
	tree, err := environments.Load(snapshot, b.layout.Environments)
	if err != nil {
		return nil, err
	}
	rules, problems := gate.LoadRules(snapshot, b.layout, tree)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if rules.Digest != r.Digest {
		return nil, fmt.Errorf("the rules of commit %s are not those that were accepted", r.Commit)
	}
	return rules, nil
}

// inForce are the rules that judge; nil when none were ever accepted.
func (b *rulebook) inForce() *gate.Rules {
	if len(b.accepted) == 0 {
		return nil
	}
	return b.accepted[len(b.accepted)-1].rules
}

// ids names all that rules consist of by Git's own hashes.
func (b *rulebook) ids(snapshot *source.Snapshot, tree *environments.Tree) string {
	names := []string{b.layout.Policies, b.layout.Trust}
	for _, env := range tree.Environments {
		names = append(names, path.Join(env.Dir, environments.EnvironmentFile))
	}
	var ids strings.Builder
	for _, name := range names {
		id, err := snapshot.ObjectID(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			id = "unreadable"
		}
		fmt.Fprintf(&ids, "%s=%s\n", name, id)
	}
	return ids.String()
}

// govern puts the rules in force over a tree. Without any, nothing in it may be reconciled.
func (b *rulebook) govern(tree *environments.Tree) {
	if rules := b.inForce(); rules != nil {
		rules.Govern(tree)
		return
	}
	for _, env := range tree.Environments {
		if len(env.Problems) == 0 {
			env.Problems = slices.Clone(problem.Of(b.err))
		}
	}
}

// bookmark is the rulebook as a plan needs it: it does not change any more.
func (b *rulebook) bookmark() []accepted { return slices.Clone(b.accepted) }

// remember is what outlives the agent.
func (b *rulebook) remember() []AcceptedRules {
	var all []AcceptedRules
	known := map[string]bool{}
	for _, a := range b.accepted {
		known[a.rules.Digest] = true
	}
	for _, digest := range slices.Sorted(maps.Keys(b.consents)) {
		if !known[digest] {
			all = append(all, AcceptedRules{Digest: digest, Until: b.until(digest)})
		}
	}
	for _, a := range b.accepted {
		all = append(all, AcceptedRules{Commit: a.commit, Digest: a.rules.Digest, Until: b.until(a.rules.Digest)})
	}
	return all
}

// until is when the approvals of rules end; nil without any.
func (b *rulebook) until(digest string) *time.Time {
	if at, ok := b.consents[digest]; ok {
		return &at
	}
	return nil
}
