package records_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/trust"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// counted counts the commits that are looked at.
type counted struct {
	records.Reader
	commits map[string]bool
}

func (c *counted) At(id string) (*source.Snapshot, error) {
	c.commits[id] = true
	return c.Reader.At(id)
}

// Looking again reads what is new, and comes to the same as reading everything.
func TestALedgerIsExtended(t *testing.T) {
	b := newBranch(t)
	b.begin()
	l := b.sound()
	models := []string{"llama", "mistral", "phi", "llama-2", "llama"}
	for i, model := range models {
		b.latest = b.latest.Add(11 * time.Hour) // over days
		b.opts.Now = b.latest.Add(time.Hour)
		facts := []records.Fact{b.next(records.Applied, model, releaseA), b.next(records.Healthy, model, releaseA), b.next(records.Lost, "", "")}
		b.write(facts[:1+i%3]...)
		reader := &counted{b.reader(), map[string]bool{}}
		next, err := l.Extend(t.Context(), reader, b.tip(), b.opts.Now)
		if err != nil {
			t.Fatal(err)
		}
		if len(reader.commits) != 2 {
			t.Errorf("%d commits were read for one", len(reader.commits))
		}
		l = next
	}
	whole := b.sound()
	if l.Head() != whole.Head() || l.Len() != whole.Len() || l.Commits() != whole.Commits() || l.FirstCommit() != whole.FirstCommit() || l.LostFacts() != whole.LostFacts() {
		t.Errorf("extended to %+v, and verified to %+v", l.Head(), whole.Head())
	}
	if diff := cmp.Diff(whole.At(b.latest), l.At(b.latest)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(all(t, whole, b), all(t, l, b)); diff != "" {
		t.Error(diff)
	}
	if same, err := l.Extend(t.Context(), b.reader(), b.tip(), b.opts.Now); err != nil || same.Head() != l.Head() {
		t.Errorf("with nothing new: %v", err)
	}
}

// all are the facts of a ledger, each on a line.
func all(t *testing.T, l *records.Ledger, b *branch) (lines []string) {
	t.Helper()
	for e, err := range l.Facts(context.Background(), b.reader()) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %s %s", e.Sequence, e.Kind, e.Path, e.Commit, e.Key))
	}
	return lines
}

// A forgery is found by who looks again just as by who reads everything.
func TestAnExtensionFindsForgeries(t *testing.T) {
	for name, forge := range map[string]func(b *branch, g *gitserver.Change){
		"Forged":     func(b *branch, g *gitserver.Change) { g.Signer = nil },
		"Edited":     func(b *branch, g *gitserver.Change) { g.Delete = []string{"llama"} },
		"Malformed":  func(b *branch, g *gitserver.Change) { g.Files["x"] = "y" },
		"ForeignKey": func(b *branch, g *gitserver.Change) { g.Signer = keyOf(b.t, "mallory") },
	} {
		b := newBranch(t)
		b.begin()
		l := b.sound()
		b.write(b.next(records.Applied, "mistral", releaseB))
		good := b.head
		change, _ := b.change(b.next(records.Healthy, "mistral", releaseB))
		forge(b, &change)
		bad := b.repo.Commit(change)
		next, err := l.Extend(t.Context(), b.reader(), bad, b.opts.Now)
		fault, ok := err.(*records.BranchError)
		if !ok || string(fault.Fault) != name || fault.Commit != bad || next.Head() != good || l.Len() != 4 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnEmptyBranchIsNoFault(t *testing.T) {
	b := newBranch(t)
	l, err := records.Verify(t.Context(), b.reader(), "", b.opts)
	if err != nil || l.Len() != 0 || l.Head() != (records.Head{}) || !l.Began().IsZero() || len(l.Models()) > 0 {
		t.Fatalf("got %+v, %v", l, err)
	}
	b.begin()
	if next, err := l.Extend(t.Context(), b.reader(), b.tip(), b.opts.Now); err != nil || next.Len() != 4 {
		t.Errorf("got %v", err)
	}
}

func TestAWriterGoesOnFromWhatItKnows(t *testing.T) {
	b := newBranch(t)
	b.begin()
	known := b.sound().Head()
	b.write(b.next(records.Applied, "mistral", releaseB))
	opts := b.opts
	opts.Known, opts.FromKnown = known, true
	reader := &counted{b.reader(), map[string]bool{}}
	l, err := records.Verify(t.Context(), reader, b.tip(), opts)
	if err != nil || l.Head() != b.head || l.Len() != 1 || len(reader.commits) != 2 {
		t.Fatalf("got %+v after %d commits, %v", l.Head(), len(reader.commits), err)
	}
	if e, err := l.Fact(t.Context(), b.reader(), 5); err != nil || e.Kind != records.Applied {
		t.Errorf("fact 5 is %+v, %v", e, err)
	}
	if _, err := l.Fact(t.Context(), b.reader(), 4); err == nil {
		t.Error("a fact that is not in the ledger was read")
	}
}

func TestWithoutKeysNothingIsVerified(t *testing.T) {
	b := newBranch(t)
	b.begin()
	for _, none := range []*records.Keys{nil, keys(t, "staging")} {
		b.opts.Keys = none
		if l, fault := b.broken(); fault.Fault != records.ForeignKey || l.Len() != 0 {
			t.Errorf("got %v", fault)
		}
	}
}

// Who cannot read does not say that somebody forged.
func TestABranchThatCannotBeReadIsNotCalledForged(t *testing.T) {
	b := newBranch(t)
	ids := b.begin()
	if l, err := records.Verify(t.Context(), missing{b.reader(), ids[1]}, b.tip(), b.opts); err == nil || l != nil || strings.Contains(err.Error(), "Forged") {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := records.Verify(ended, b.reader(), b.tip(), b.opts); err == nil || l != nil {
		t.Errorf("got %v", err)
	}
}

type missing struct {
	records.Reader
	commit string
}

func (m missing) At(id string) (*source.Snapshot, error) {
	if id == m.commit {
		return nil, fmt.Errorf("commit %s is not here", id)
	}
	return m.Reader.At(id)
}

func TestFactsAreReadOneByOne(t *testing.T) {
	b := newBranch(t)
	ids := b.begin()
	l := b.sound()
	var got []string
	for e, err := range l.Unit(t.Context(), b.reader(), "llama") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %.12s", e.Sequence, e.Kind, e.Commit))
	}
	if want := []string{"1 Admitted " + ids[0][:12], "2 Applied " + ids[1][:12], "3 Healthy " + ids[1][:12]}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	count := 0
	for range l.Between(t.Context(), b.reader(), noon.Add(2*time.Minute), noon.Add(4*time.Minute)) {
		count++
	}
	for range l.Unit(t.Context(), b.reader(), "phi") {
		count++
	}
	for range l.Unit(t.Context(), b.reader(), "") {
		count++
	}
	if count != 2 || !slices.Equal(l.Models(), []string{"llama", "mistral"}) || !l.Began().Equal(noon.Add(time.Minute)) {
		t.Errorf("%d facts of %v since %s", count, l.Models(), l.Began())
	}
}

func TestAListOfKeysIsReadWholeOrNotAtAll(t *testing.T) {
	good := listed(keyOf(t, "agent"))
	for name, test := range map[string]struct{ key, rule string }{
		"no key":               {"hello", trust.InvalidPublicKey},
		"nothing":              {"", trust.InvalidPublicKey},
		"two keys":             {good.PublicKey + "\n" + good.PublicKey, trust.InvalidPublicKey},
		"a key with an option": {"cert-authority " + good.PublicKey, trust.InvalidPublicKey},
		"a key of a principal": {"mallory@example.com " + good.PublicKey, trust.InvalidPublicKey},
		"a weak key":           {weakKey, trust.WeakKey},
	} {
		k, problems := records.NewKeys("staging", []v1alpha1.RecordKey{good, {PublicKey: test.key}})
		if k != nil || len(problems) != 1 || problems[0].Rule != test.rule || problems[0].Field != "keys[1].publicKey" {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestAnAgentIsToldThatItsKeyDoesNotCount(t *testing.T) {
	k := keys(t, "staging", listed(keyOf(t, "agent")))
	if err := k.Allows(keyOf(t, "agent").PublicKey(), noon); err != nil {
		t.Error(err)
	}
	if err := k.Allows(keyOf(t, "mallory").PublicKey(), noon); err == nil || !strings.Contains(err.Error(), "list it under spec.records.keys") {
		t.Errorf("got %v", err)
	}
}

// weakKey is of RSA with 1024 bits.
const weakKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDLbxog3SbOluwa16dDn0rOTj0CQquhScSQoK7Wj5dwT8iwm5UOcKqjFdZl92WyjsuLyuSENqsXt+PqK5CPdznyckZrkpBr2x24Q9eHGfBgvJNSf14JzEyAh52zN51hqzZZ3fHj8pEXVYO3e3DIEOyRORLFZVv3X8s19JcfJl8Sow== weak"
