package source_test

import (
	"fmt"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// tenThousand are the files of a records branch: 100 models, each with a file a
// day.
func tenThousand() map[string]string {
	all := map[string]string{}
	for i := range 10_000 {
		all[fmt.Sprintf("model-%d/2026-%02d/%02d/%09d-applied.json", i%100, i/100/28+1, i/100%28+1, i)] = fmt.Sprintf("{\"sequence\": %d}\n", i)
	}
	return all
}

// What it costs to make a commit with one new file among 10,000.
func BenchmarkCommitOneFile(b *testing.B) {
	flat := map[string]string{}
	for i := range 10_000 {
		flat[fmt.Sprintf("facts/%09d.json", i)] = "{}\n"
	}
	for name, files := range map[string]map[string]string{"records": tenThousand(), "flat": flat} {
		b.Run(name, func(b *testing.B) {
			repo := gitserver.ForTest(b)
			repo.Commit(gitserver.Change{Branch: records, Orphan: true, Files: files})
			repo.Write("Begin", map[string]string{"a": "1"})
			r := follow(b, repo, repo.HTTP(gitserver.HTTP{}))
			r.Watch(records)
			poll(b, r)
			base, sign := snapshotAt(b, r, r.Tip(records)), source.SignSSH(signer(b))
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				builder := source.NewBuilder(base)
				put(b, builder, map[string]string{fmt.Sprintf("model-7/2026-12/24/%09d-applied.json", n): "{\"sequence\": 1}\n"})
				if name == "flat" {
					put(b, builder, map[string]string{fmt.Sprintf("facts/x%d.json", n): "{}\n"})
				}
				commit(b, builder, source.Draft{Author: ada, Message: "prod/model-7: apply", Parents: []string{base.Commit().Hash}, Sign: sign})
			}
		})
	}
}

// What it costs to add a signed commit to a branch of 10,000 files, git's
// processes on the server included.
func BenchmarkPush(b *testing.B) {
	for name, serve := range map[string]func(*gitserver.TestRepository) *gitserver.Front{
		"http": func(r *gitserver.TestRepository) *gitserver.Front { return r.HTTP(gitserver.HTTP{}) },
		"https": func(r *gitserver.TestRepository) *gitserver.Front {
			return r.HTTP(gitserver.HTTP{TLS: true, Token: "t0ken"})
		},
		"ssh": func(r *gitserver.TestRepository) *gitserver.Front { return r.SSH(gitserver.SSH{}) },
	} {
		b.Run(name, func(b *testing.B) {
			repo := gitserver.ForTest(b)
			repo.Commit(gitserver.Change{Branch: records, Orphan: true, Files: tenThousand()})
			repo.Write("Begin", map[string]string{"a": "1"})
			front := serve(repo)
			r := follow(b, repo, front)
			r.Watch(records)
			poll(b, r)
			tip, sign, n := r.Tip(records), source.SignSSH(signer(b)), 0
			front.Reset()
			for b.Loop() {
				n++
				builder := source.NewBuilder(snapshotAt(b, r, tip))
				put(b, builder, map[string]string{fmt.Sprintf("model-7/2026-12/24/%09d-applied.json", n): fmt.Sprint(n)})
				id := commit(b, builder, source.Draft{Author: ada, Message: "prod/model-7: apply", Parents: []string{tip}, Sign: sign})
				pushTo(b, r, records, tip, id, builder.Objects())
				tip = id
			}
			b.ReportMetric(float64(len(front.Requests()))/float64(n), "requests/op")
		})
	}
}
