package source_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// facts is how many commits the branch has that the benchmarks read:
// PENSTOCK_FACTS=100000 for a long one.
func facts(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv("PENSTOCK_FACTS"))
	if err != nil {
		return 2000
	}
	return n
}

// recorded makes a branch as agent/records does: each commit adds a file of 2 kB
// for one of 100 models, in a directory for each day.
func recorded(b *testing.B, repo *gitserver.TestRepository, n int) {
	b.Helper()
	var script bytes.Buffer
	filler := strings.Repeat("sha256:0123456789abcdef", 60)
	for i := range n {
		day := i / 270
		name := fmt.Sprintf("model-%d/2026-%02d/%02d/%09d-applied.json", i*7%100, day/28%12+1, day%28+1, i+1)
		text := fmt.Sprintf("{\n  \"id\": \"%032x\",\n  \"model\": \"model-%d\",\n  \"sequence\": %d,\n  \"data\": %q\n}\n", i*7919, i%100, i+1, filler[i%22:])
		fmt.Fprintf(&script, "commit refs/heads/%s\ncommitter Penstock <penstock@prod> %d +0000\n", records, 1_780_000_000+i*60)
		subject := fmt.Sprintf("prod/model-%d: apply rel-%07x\n\nPenstock-Sequence: %d\n", i%100, i, i+1)
		fmt.Fprintf(&script, "data %d\n%s\nM 100644 inline %s\ndata %d\n%s\n", len(subject), subject, name, len(text), text)
	}
	if _, err := repo.Git(&script, "fast-import", "--quiet"); err != nil {
		b.Fatal(err)
	}
	if _, err := repo.Git(nil, "repack", "-adq"); err != nil {
		b.Fatal(err)
	}
}

// What it costs to read each commit of a branch, with what it changed and the
// files that it added.
func BenchmarkReadABranch(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", files)
	n := facts(b)
	recorded(b, repo, n)
	tip, err := repo.Head(records)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("repository", func(b *testing.B) {
		r := follow(b, repo, repo.HTTP(gitserver.HTTP{}))
		r.Watch(records)
		poll(b, r)
		benchmarkChain(b, n, tip, r.At)
	})
	b.Run("clone", func(b *testing.B) {
		clone, err := source.OpenClone(repo.Dir())
		if err != nil {
			b.Fatal(err)
		}
		defer clone.Close()
		benchmarkChain(b, n, tip, clone.At)
	})
}

func benchmarkChain(b *testing.B, n int, tip string, at func(string) (*source.Snapshot, error)) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		snap, err := at(tip)
		for err == nil && snap != nil {
			read++
			snap, err = readAdded(snap, at)
		}
		if err != nil || read != n {
			b.Fatal(read, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/commit")
}

// readAdded reads what a commit added and returns its parent.
func readAdded(snap *source.Snapshot, at func(string) (*source.Snapshot, error)) (before *source.Snapshot, err error) {
	if parents := snap.Commit().Parents; len(parents) > 0 {
		if before, err = at(parents[0]); err != nil {
			return nil, err
		}
	}
	changes, err := snap.Changes(before)
	for _, change := range changes {
		if _, err := snap.ReadFile(change.Path); err != nil {
			return nil, err
		}
	}
	return before, err
}
