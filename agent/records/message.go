package records

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/policies/trust"
)

// The trailers of a commit with facts.
const (
	trailerSequence = "Penstock-Sequence"
	trailerSource   = "Penstock-Source"
	trailerDigest   = "Penstock-Digest"
)

const (
	// longestLine bounds a line of the body, in characters.
	longestLine = 120
	// mostLines is how many facts the body tells of.
	mostLines = 50
	// mostSources is how many source commits the trailers name.
	mostSources = 20
)

// messageOf tells facts as git log shows them.
func messageOf(environment string, facts []Fact, digest string) string {
	var b strings.Builder
	b.WriteString(subjectOf(environment, facts) + "\n\n")
	for i, f := range facts {
		if i == mostLines {
			fmt.Fprintf(&b, "- and %d more\n", len(facts)-i)
			break
		}
		fmt.Fprintf(&b, "- %s\n", lineOf(f, len(facts) > 1))
	}
	b.WriteString("\n" + trailerSequence + ": " + span(facts[0].Sequence, facts[len(facts)-1].Sequence) + "\n")
	for _, commit := range sourcesOf(facts) {
		b.WriteString(trailerSource + ": " + commit + "\n")
	}
	b.WriteString(trailerDigest + ": " + digest + "\n")
	return b.String()
}

// subjectOf is as in prod/llama-3-8b: admit and apply rel-3f2a91c.
func subjectOf(environment string, facts []Fact) string {
	models, releases, verbs := map[string]bool{}, []string{}, []string{}
	for _, f := range facts {
		models[f.Model] = true
		if f.Data.Release != nil && !slices.Contains(releases, f.Data.Release.ID) {
			releases = append(releases, f.Data.Release.ID)
		}
		if verb := verbOf(f); !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
	}
	if len(models) > 1 {
		return fmt.Sprintf("%s: %d facts about %d models", environment, len(facts), len(models))
	}
	subject := facts[0].Unit() + ": "
	if len(verbs) > 3 || len(releases) > 1 {
		return subject + fmt.Sprintf("%d facts", len(facts))
	}
	subject += strings.Join(verbs, ", ")
	if len(releases) == 1 {
		subject += " " + oneLine(releases[0], 40)
	}
	return subject
}

// revertVerbs are what becomes of the pull request of a revert.
var revertVerbs = map[string]string{"opened": "propose a revert to", "closed": "withdraw the revert to", "merged": "see merged the revert to"}

// verbOf is what a commit's subject says of a fact.
func verbOf(f Fact) string {
	if p := f.Data.Promotion; f.Kind == Promoted && p != nil && p.From == p.To && revertVerbs[p.Action] != "" {
		return revertVerbs[p.Action]
	}
	return kinds[numberOf(f.Kind)].verb
}

// lineOf tells a fact in the body.
func lineOf(f Fact, withUnit bool) string {
	message := oneLine(f.Data.Message, longestLine)
	if withUnit {
		return fmt.Sprintf("%d %s %s: %s", f.Sequence, f.Unit(), f.Kind, message)
	}
	return fmt.Sprintf("%d %s: %s", f.Sequence, f.Kind, message)
}

// oneLine is the beginning of a text, on one line.
func oneLine(text string, longest int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

// sourcesOf are the commits that facts come from, each once.
func sourcesOf(facts []Fact) []string {
	var commits []string
	for _, f := range facts {
		if f.Data.Source != nil && f.Data.Source.Commit != "" && !slices.Contains(commits, f.Data.Source.Commit) && len(commits) < mostSources {
			commits = append(commits, oneLine(f.Data.Source.Commit, 64))
		}
	}
	return commits
}

// span is as in 41-44, or 41.
func span(first, last uint64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// claims are what the trailers of a commit say.
type claims struct {
	first, last uint64
	digest      string
	sources     []string
}

// readClaims reads the trailers of a commit; what is wrong with them, if something is.
func readClaims(trailers []trust.Trailer) (c claims, wrong string) {
	said := map[string]int{}
	for _, t := range trailers {
		said[t.Key]++
		switch t.Key {
		case trailerSequence:
			c.first, c.last = parseSpan(t.Value)
		case trailerDigest:
			c.digest = t.Value
		case trailerSource:
			c.sources = append(c.sources, t.Value)
		}
	}
	switch {
	case said[trailerSequence] != 1 || c.first == 0:
		return c, "its message does not say once which facts it brings, as in " + trailerSequence + ": 41-44"
	case c.last-c.first >= mostFacts:
		return c, fmt.Sprintf("its message speaks of %d facts, and one commit brings %d at most", c.last-c.first+1, mostFacts)
	case said[trailerDigest] != 1 || !digestForm.MatchString(c.digest):
		return c, "its message does not say once what the last of its facts is, as in " + trailerDigest + ": sha256:…"
	}
	return c, ""
}

// parseSpan reads what span writes, and nothing else: zeros for other texts.
func parseSpan(text string) (first, last uint64) {
	if _, err := fmt.Sscanf(text, "%d-%d", &first, &last); err != nil {
		last = first
	}
	if first < 1 || last < first || last > largestSequence || span(first, last) != text {
		return 0, 0
	}
	return first, last
}
