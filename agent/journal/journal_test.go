package journal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// bench is a journal's place in a real control plane.
type bench struct {
	t      *testing.T
	cp     *controlplane.ControlPlane
	ns     string
	config journal.Config
}

func newBench(t *testing.T) *bench {
	t.Helper()
	cp := controlplane.ForTest(t)
	ns := cp.Namespace(t)
	return &bench{t: t, cp: cp, ns: ns, config: journal.Config{
		ConfigMaps: kubernetes.NewForConfigOrDie(cp.RESTConfig()).CoreV1().ConfigMaps(ns), Name: "penstock",
	}}
}

func (b *bench) open() *journal.Journal {
	b.t.Helper()
	j, err := journal.Open(b.t.Context(), b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

func (b *bench) append(j *journal.Journal, facts ...records.Fact) {
	b.t.Helper()
	if err := j.Append(b.t.Context(), facts...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) stored() int {
	b.t.Helper()
	list, err := b.config.ConfigMaps.List(b.t.Context(), metav1.ListOptions{LabelSelector: journal.LabelJournal + "=penstock"})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list.Items)
}

// ids are those of what is pending, in order.
func ids(j *journal.Journal, environment string) string {
	var all []string
	for _, entry := range j.Pending(environment) {
		for _, f := range entry.Facts {
			all = append(all, f.ID)
		}
	}
	return strings.Join(all, " ")
}

func fact(environment, id string) records.Fact {
	return records.Fact{ID: id, Kind: records.Applied, Environment: environment, Model: "llama", Time: time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)}
}

func TestFactsOutliveTheAgentInTheOrderInWhichTheyHappened(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	for i := range 12 { // more than nine, since names and numbers sort differently
		b.append(j, fact("prod", fmt.Sprintf("p%d", i)))
	}
	b.append(j, fact("dev", "d0"))

	later := b.open()
	if got, want := ids(later, "prod"), "p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11"; got != want {
		t.Errorf("pending are %s, want %s", got, want)
	}
	if got := later.Environments(); got["prod"] != 12 || got["dev"] != 1 {
		t.Errorf("pending by environment: %v", got)
	}
	b.append(later, fact("prod", "p12"))
	if got := ids(b.open(), "prod"); !strings.HasSuffix(got, "p11 p12") {
		t.Errorf("pending are %s", got)
	}
}

func TestWhatIsToldAgainIsStoredOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	b.append(j, fact("prod", "a"), fact("prod", "a"))
	b.append(j, fact("prod", "a"))
	later := b.open()
	b.append(later, fact("prod", "a"), fact("prod", "b"))
	if got := ids(b.open(), "prod"); got != "a b" {
		t.Errorf("pending are %s", got)
	}
}

func TestDroppedFactsAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	b.append(j, fact("prod", "a"))
	b.append(j, fact("prod", "b"))
	if err := j.Drop(t.Context(), j.Pending("prod")[0]); err != nil {
		t.Fatal(err)
	}
	if got := ids(j, "prod") + "|" + ids(b.open(), "prod"); got != "b|b" {
		t.Errorf("pending are %s", got)
	}
	if j.Has("a") || !j.Has("b") {
		t.Error("it does not know what is pending")
	}
}

// An agent that lost its lease and does not know it yet writes, and drops, beside its successor.
func TestTwoAgentsDoNotWriteOverEachOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.open()
	b.append(old, fact("prod", "a"))
	successor := b.open()
	taken := successor.Pending("prod")
	b.append(successor, fact("prod", "b"))
	b.append(old, fact("prod", "c"))
	if err := successor.Drop(t.Context(), taken...); err != nil {
		t.Fatal(err)
	}
	if got := ids(b.open(), "prod"); got != "b c" {
		t.Errorf("pending are %s", got)
	}
	third := b.open()
	if err := third.Drop(t.Context(), third.Pending("prod")...); err != nil {
		t.Fatal(err)
	}
	fourth := b.open()
	b.append(fourth, fact("prod", "d")) // its number was given before
	if err := old.Drop(t.Context(), taken...); err != nil {
		t.Fatal(err)
	}
	if got := ids(b.open(), "prod"); got != "d" {
		t.Errorf("an entry was dropped by its number alone: pending are %q", got)
	}
}

func TestManyCallersShareFewRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() { b.append(j, fact("prod", fmt.Sprint(i))) })
	}
	group.Wait()
	if got := len(strings.Fields(ids(b.open(), "prod"))); got != 64 {
		t.Errorf("%d facts are stored, want 64", got)
	}
	if n := b.stored(); n > 16 {
		t.Errorf("64 facts that were told at once took %d requests", n)
	}
}

func TestALimitDropsTheOldestAndSaysHowMany(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.config.Limit = 40 << 10
	j := b.open()
	for i := range 20 {
		f := fact("prod", fmt.Sprintf("f%02d", i))
		f.Data.Message = strings.Repeat("x", 4<<10)
		b.append(j, f)
	}
	kept, lost := 0, 0
	for _, entry := range b.open().Pending("prod") {
		for _, f := range entry.Facts {
			kept++
			if f.Kind == records.Lost {
				kept--
				lost += f.Data.Lost
			}
		}
	}
	if kept+lost != 20 || lost == 0 || kept < 5 {
		t.Errorf("%d facts are kept and %d told as lost, of 20", kept, lost)
	}
	if got := ids(j, "prod"); !strings.Contains(got, "f19") || strings.Contains(got, "f00") {
		t.Errorf("it is not the oldest that went: %s", got)
	}
}

func TestMoreThanAConfigMapHoldsIsDivided(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	var facts []records.Fact
	for i := range 12 {
		f := fact("prod", fmt.Sprint(i))
		f.Data.Message = strings.Repeat("x", 200<<10)
		facts = append(facts, f)
	}
	b.append(j, facts...)
	if got := ids(b.open(), "prod"); got != "0 1 2 3 4 5 6 7 8 9 10 11" {
		t.Errorf("pending are %s", got)
	}
}

func TestAFactThatIsTooLargeIsStoredAsFarAsItWillBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	large := fact("prod", "large")
	for i := range 40_000 {
		large.Data.Problems = append(large.Data.Problems, fmt.Sprintf("problem %d of very many, each with a place and a way out", i))
	}
	b.append(j, large, fact("prod", "small"))
	if got := ids(b.open(), "prod"); got != "large small" {
		t.Errorf("pending are %s", got)
	}
}

func TestWhatCannotBeStoredIsAnErrorAndCanBeToldAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	j := b.open()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Append(ended, fact("prod", "a")); err == nil {
		t.Fatal("a fact was taken that was not stored")
	}
	if j.Has("a") {
		t.Error("it is thought to be stored")
	}
	b.append(j, fact("prod", "a"))
	if got := ids(b.open(), "prod"); got != "a" {
		t.Errorf("pending are %s", got)
	}
}

func TestABrokenEntryIsNamed(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string][]string{
		"no number":                {"annotate", "penstock.dev/journal-number=x"},
		"another number":           {"annotate", "penstock.dev/journal-number=7"},
		"a number that ends all":   {"annotate", "penstock.dev/journal-number=18446744073709551615"},
		"of another environment":   {"label", "penstock.dev/environment=dev"},
		"of no environment at all": {"label", "penstock.dev/environment-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.append(b.open(), fact("prod", "a"))
			args := []string{"-n", b.ns, edit[0], "--overwrite", "configmap", "penstock-journal-000000000001", edit[1]}
			if _, err := b.cp.Kubectl(t.Context(), nil, args...); err != nil {
				t.Fatal(err)
			}
			_, err := journal.Open(t.Context(), b.config)
			if err == nil || !strings.Contains(err.Error(), "penstock-journal-000000000001") || !strings.Contains(err.Error(), "delete it") {
				t.Errorf("got %v", err)
			}
		})
	}
}
