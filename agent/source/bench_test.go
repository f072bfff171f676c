package source_test

import (
	"fmt"
	"testing"

	"github.com/penstock-dev/penstock/test/gitserver"
)

// fleet is a repository of many models.
func fleet(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		for _, env := range []string{"dev", "staging", "prod"} {
			dir := fmt.Sprintf("environments/%s/model-%d/", env, i)
			all[dir+"kustomization.yaml"] = fmt.Sprintf("resources: [../../base/model-%d]\n", i)
			all[dir+"release.yaml"] = fmt.Sprintf("spec: {release: {model: {source: hf://example/model-%d}}}\n", i)
		}
	}
	return all
}

// What an idle poll costs, server's process included.
func BenchmarkIdlePoll(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", fleet(1000))
	for name, front := range map[string]*gitserver.Front{
		"http":  repo.HTTP(gitserver.HTTP{}),
		"https": repo.HTTP(gitserver.HTTP{TLS: true, Token: "t0ken"}),
		"ssh":   repo.SSH(gitserver.SSH{}),
	} {
		b.Run(name, func(b *testing.B) {
			r := follow(b, repo, front)
			poll(b, r)
			b.ReportAllocs()
			for b.Loop() {
				poll(b, r)
			}
		})
	}
}

func BenchmarkClone(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", fleet(1000))
	front := repo.HTTP(gitserver.HTTP{})
	b.ReportAllocs()
	for b.Loop() {
		poll(b, follow(b, repo, front))
	}
}

// What following one commit costs in a repository of 6,000 files.
func BenchmarkFetchOneCommit(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", fleet(1000))
	r := follow(b, repo, repo.HTTP(gitserver.HTTP{}))
	poll(b, r)
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		repo.Write("Change", map[string]string{"environments/prod/model-7/release.yaml": fmt.Sprint(n)})
		b.StartTimer()
		poll(b, r)
	}
}

func BenchmarkReadFile(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", fleet(1000))
	snap := poll(b, follow(b, repo, repo.HTTP(gitserver.HTTP{})))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		if _, err := snap.ReadFile(fmt.Sprintf("environments/prod/model-%d/release.yaml", n%1000)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObjectID(b *testing.B) {
	repo := gitserver.ForTest(b)
	repo.Write("Begin", fleet(1000))
	snap := poll(b, follow(b, repo, repo.HTTP(gitserver.HTTP{})))
	n := 0
	for b.Loop() {
		n++
		if _, err := snap.ObjectID(fmt.Sprintf("environments/prod/model-%d", n%1000)); err != nil {
			b.Fatal(err)
		}
	}
}
