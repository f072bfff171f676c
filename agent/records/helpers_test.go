package records_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// keyOf is always the same key for a name.
func keyOf(t testing.TB, name string) ssh.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func listed(key ssh.Signer) v1alpha1.RecordKey {
	return v1alpha1.RecordKey{PublicKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))) + " agent@staging"}
}

func keys(t testing.TB, environment string, list ...v1alpha1.RecordKey) *records.Keys {
	t.Helper()
	k, problems := records.NewKeys(environment, list)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return k
}

// branch is one with records of staging, in a real repository.
type branch struct {
	t      *testing.T
	repo   *gitserver.TestRepository
	key    ssh.Signer
	opts   records.Options
	head   records.Head
	latest time.Time
}

func newBranch(t *testing.T) *branch {
	key := keyOf(t, "agent of staging")
	return &branch{t: t, repo: gitserver.ForTest(t), key: key, latest: noon,
		opts: records.Options{Environment: "staging", Keys: keys(t, "staging", listed(key)), Now: noon.Add(24 * time.Hour)}}
}

// change is what would be committed for some facts, to be tampered with.
func (b *branch) change(facts ...records.Fact) (gitserver.Change, *records.Commit) {
	b.t.Helper()
	c, err := records.Append(b.head, "staging", facts, nil, b.opts.Now)
	if err != nil || c == nil {
		b.t.Fatalf("append: %v, %v", c, err)
	}
	files := map[string]string{}
	for path, data := range c.Files {
		files[path] = string(data)
	}
	return gitserver.Change{Branch: records.Branch("staging"), Message: c.Message, Author: gitserver.Person{Name: c.Name, Email: c.Email},
		When: c.Time, Files: files, Signer: b.key}, c
}

// write commits facts as an agent does.
func (b *branch) write(facts ...records.Fact) string {
	b.t.Helper()
	change, c := b.change(facts...)
	id := b.repo.Commit(change)
	b.head = c.Committed(id)
	return id
}

// next is a fact a minute later.
func (b *branch) next(kind records.Kind, model, release string) records.Fact {
	b.latest = b.latest.Add(time.Minute)
	return fact(kind, model, release, b.latest)
}

// begin writes three commits with four facts.
func (b *branch) begin() (ids []string) {
	b.t.Helper()
	ids = append(ids, b.write(b.next(records.Admitted, "llama", releaseA)))
	ids = append(ids, b.write(b.next(records.Applied, "llama", releaseA), b.next(records.Healthy, "llama", releaseA)))
	return append(ids, b.write(b.next(records.Admitted, "mistral", releaseB)))
}

func (b *branch) reader() *source.Clone {
	b.t.Helper()
	clone, err := source.OpenClone(b.repo.Dir())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { clone.Close() })
	return clone
}

func (b *branch) tip() string {
	b.t.Helper()
	id, err := b.repo.Head(records.Branch("staging"))
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *branch) verify() (*records.Ledger, error) {
	b.t.Helper()
	return records.Verify(context.Background(), b.reader(), b.tip(), b.opts)
}

// sound verifies a branch that has to be right.
func (b *branch) sound() *records.Ledger {
	b.t.Helper()
	l, err := b.verify()
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// broken is the fault of a branch that has to have one.
func (b *branch) broken() (*records.Ledger, *records.BranchError) {
	b.t.Helper()
	l, err := b.verify()
	var fault *records.BranchError
	if !errors.As(err, &fault) {
		b.t.Fatalf("verified with %v; expected a fault", err)
	}
	return l, fault
}
