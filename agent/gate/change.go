package gate

import (
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/trust"
)

// maker is a commit with who is proven to have made it.
type maker struct {
	shown    policies.Commit
	identity trust.Identity // nobody without a valid signature
	trailers []trust.Trailer
	body     string
}

// makers reads the commits and verifies their signatures as of now.
func makers(commits []source.Commit, keys trust.Keys, now time.Time) []maker {
	all := make([]maker, len(commits))
	for i, c := range commits {
		all[i] = makerOf(c, keys, now)
	}
	return all
}

func makerOf(c source.Commit, keys trust.Keys, now time.Time) maker {
	m := maker{shown: policies.Commit{
		ID: c.Hash, Subject: c.Subject(), Time: c.Committer.When.UTC(),
		Author:    policies.Person{Name: c.Author.Name, Email: c.Author.Email},
		Committer: policies.Person{Name: c.Committer.Name, Email: c.Committer.Email},
	}}
	parsed, err := trust.ParseCommit(c.Raw)
	if err != nil {
		m.shown.Unsigned = err.Error()
		return m
	}
	m.trailers, m.body = parsed.Trailers, parsed.Body
	signature, err := parsed.Verify(keys, now)
	if err != nil {
		m.shown.Unsigned = err.Error()
		return m
	}
	m.identity = signature.Identity
	m.shown.Signature = &policies.Signature{
		Kind: string(signature.Kind), Principals: signature.Principals, Fingerprint: signature.Fingerprint,
		ByAuthor: signature.IsAuthor, ByCommitter: signature.IsCommitter,
	}
	return m
}

// changeOf is what a policy sees of the change.
func (s *Subject) changeOf(all []maker) policies.Change {
	change := policies.Change{Kind: s.KindOf(), Files: s.Files, Time: s.Now}
	if s.Uncommitted {
		change.Commits = append(change.Commits, policies.Commit{Subject: "not committed yet", Time: s.Now, Unsigned: "it is not committed yet"})
	}
	for _, m := range all {
		change.Commits = append(change.Commits, m.shown)
	}
	if len(change.Commits) == 0 {
		return change
	}
	newest := change.Commits[0]
	change.Commit, change.Subject, change.Author, change.Committer = newest.ID, newest.Subject, newest.Author, newest.Committer
	change.Time, change.Signature = newest.Time, newest.Signature
	if !s.Uncommitted {
		change.Body, change.Trailers = all[0].body, byKey(all[0].trailers)
	}
	return change
}

// byKey are trailers by their keys in lower case.
func byKey(trailers []trust.Trailer) map[string][]string {
	all := map[string][]string{}
	for _, t := range trailers {
		key := strings.ToLower(t.Key)
		all[key] = append(all[key], t.Value)
	}
	return all
}
