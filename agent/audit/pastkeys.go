package audit

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/trust"
)

// maxPast is how many states of an environment file are looked at for a key that has gone.
const maxPast = 200

// explainKey says of a key that signed and is not trusted whether it was once, which may be no forgery but a list that forgot
// it. To believe it all the same is for people to decide: a key may have been taken off since it was stolen.
func (a *Auditor) explainKey(ctx context.Context, environment string, broken *records.BranchError) string {
	var unknown trust.UnknownKeyError
	if broken.Fault != records.ForeignKey || !errors.As(broken.Err, &unknown) {
		return ""
	}
	past, err := a.pastKey(ctx, environment, unknown.Fingerprint)
	switch {
	case err != nil:
		return fmt.Sprintf("whether the key was listed once could not be told: %s", oneLine(err.Error()))
	case past == nil:
		return fmt.Sprintf("the key was never listed for %s in the history of %s", environment, a.revisionName())
	}
	return past.hint(environment)
}

// pastKey is a key that was listed and has gone.
type pastKey struct {
	public  string        // as it was listed
	removed source.Commit // by which
}

func (k *pastKey) hint(environment string) string {
	return fmt.Sprintf("the key was listed for %s until commit %.12s of %s (%s) took it off the list. Unless it was stolen, put it back with the time when it ended, as validBefore: %s, so that what it signed before still counts; "+
		"or verify with a list of your own: --keys FILE with the line: %s",
		environment, k.removed.Hash, day(k.removed.Committer.When), oneLine(k.removed.Subject()), k.removed.Committer.When.UTC().Format(time.RFC3339), k.public)
}

// pastKey looks for a key in what the environment's file was before.
func (a *Auditor) pastKey(ctx context.Context, environment, fingerprint string) (*pastKey, error) {
	file := path.Join(a.config.Layout.Environments, environment, environments.EnvironmentFile)
	commits, err := a.clone.History().Touching(ctx, "", a.followed.Commit().Hash, []string{file})
	if err != nil {
		return nil, err
	}
	for i, commit := range commits {
		if i == maxPast || i+1 == len(commits) {
			break
		}
		for _, public := range a.keysAt(commits[i+1].Hash, environment) {
			if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public)); err == nil && ssh.FingerprintSHA256(key) == fingerprint {
				return &pastKey{public: public, removed: commit}, nil
			}
		}
	}
	return nil, nil
}

// keysAt are the keys that a commit lists; none where it cannot be read.
func (a *Auditor) keysAt(commit, environment string) (keys []string) {
	snapshot, err := a.clone.At(commit)
	if err != nil {
		return nil
	}
	tree, err := environments.Load(snapshot, a.config.Layout.Environments)
	if err != nil {
		return nil
	}
	for _, env := range tree.Environments {
		if env.Name == environment && env.Spec.Records != nil {
			for _, key := range env.Spec.Records.Keys {
				keys = append(keys, strings.TrimSpace(key.PublicKey))
			}
		}
	}
	return keys
}
