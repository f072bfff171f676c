package records

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
)

// The figures of a large branch: go test ./agent/records -run '^$' -bench . -benchtime 1x -bench-facts 100000
var benchFacts = flag.Int("bench-facts", 3000, "how many facts are on the branch of benchmarks")

// Of a year: go test ./agent/records -run TestSizeOfAYear -v -year 365
var yearDays = flag.Int("year", 0, "of how many days the size is measured, for 10 changes a day and for 10 a day and unit")

var benched struct {
	dir string
	made
}

// To look at one branch for longer: -bench-dir keeps it.
var benchDir = flag.String("bench-dir", "", "where the branch of benchmarks is made, and found again")

// ofBench is the branch that benchmarks share.
func ofBench(b *testing.B) (made, *source.Clone) {
	b.Helper()
	if benched.dir == "" {
		benched.dir = cmp.Or(*benchDir, filepath.Join(os.TempDir(), fmt.Sprintf("records-%d", os.Getpid())))
		y := &year{units: 100, changes: 300, facts: *benchFacts}
		benched.made = y.make(b, benched.dir)
	}
	clone, err := source.OpenClone(benched.dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { clone.Close() })
	return benched.made, clone
}

func TestMain(m *testing.M) {
	code := m.Run()
	if benched.dir != "" && *benchDir == "" {
		os.RemoveAll(benched.dir)
	}
	os.Exit(code)
}

func BenchmarkVerify(b *testing.B) {
	m, clone := ofBench(b)
	var ledger *Ledger
	for b.Loop() {
		var err error
		if ledger, err = Verify(context.Background(), clone, m.head.Commit, m.opts); err != nil {
			b.Fatal(err)
		}
	}
	if ledger.Len() != int(m.head.Sequence) {
		b.Fatalf("%d facts of %d", ledger.Len(), m.head.Sequence)
	}
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(ledger.Len()), "µs/fact")
	runtime.KeepAlive(ledger)
	ledger = nil
	runtime.GC()
	runtime.ReadMemStats(&without)
	b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/1e6, "MB-kept")
}

// One new commit on top: what an agent does at each look.
func BenchmarkExtend(b *testing.B) {
	m, clone := ofBench(b)
	before, err := Verify(context.Background(), clone, m.commits[len(m.commits)-2], m.opts)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		*before.shared = sharing{len(before.notes), len(before.commits)} // as for the first that goes on from here
		after, err := before.Extend(context.Background(), clone, m.head.Commit, m.opts.Now)
		if err != nil || after.Len() != int(m.head.Sequence) {
			b.Fatal(err)
		}
	}
}

// Append, look which facts are written, and sign.
func BenchmarkAppend(b *testing.B) {
	m, clone := ofBench(b)
	y := &year{units: 100, changes: 300, facts: 6}
	y.make(b, b.TempDir())
	tip, err := clone.At(m.head.Commit)
	if err != nil {
		b.Fatal(err)
	}
	facts := y.change("model-007", m.head.Time.Add(time.Second))[1]
	for b.Loop() {
		written, err := Written(tip, facts)
		if err != nil {
			b.Fatal(err)
		}
		c, err := Append(m.head, "staging", facts, written, m.head.Time.Add(time.Hour))
		if err != nil || len(c.Facts) != 2 {
			b.Fatal(err)
		}
		if _, err := Sign(y.signer, []byte(c.Message)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSizeOfAYear(t *testing.T) {
	if *yearDays == 0 {
		t.Skip("asked for with -year")
	}
	for name, changes := range map[string]int{"10 changes a day": 10, "10 changes a day and unit": 1000} {
		if changes*(*yearDays) > 40_000 {
			t.Logf("%s: %d days take too long; ask for a month", name, *yearDays)
			continue
		}
		dir := t.TempDir()
		y := &year{units: 100, changes: changes, days: *yearDays}
		m := y.make(t, dir)
		git(t, dir, "gc", "-q")
		t.Logf("%s, %d days: %d facts in %d commits: %.1f MB after git gc", name, *yearDays, m.head.Sequence, len(m.commits), sizeOf(t, dir))
	}
}

// sizeOf is in MB.
func sizeOf(t *testing.T, dir string) float64 {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if info, failed := d.Info(); failed == nil && !d.IsDir() {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return float64(sum) / 1e6
}
