package promote

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/trust"
)

// The trailers of a promotion.
const (
	// TrailerPromotes is what was promoted, as in staging/llama-3-8b.
	TrailerPromotes = "Penstock-Promotes"
	// TrailerRelease is the release, as in rel-3f2a91c and its digest.
	TrailerRelease = "Penstock-Release"
	// TrailerEvidence is where the evidence was, as in penstock/records/staging@<commit>#<sequence>.
	TrailerEvidence = "Penstock-Evidence"
	// TrailerSource is the commit that the release was read from.
	TrailerSource = "Penstock-Source"
)

// trailers are what machines read of the commit.
func (s *Story) trailers() string {
	p := s.Plan
	lines := []string{
		TrailerPromotes + ": " + p.From + "/" + p.Model,
		TrailerRelease + ": " + p.ReleaseID() + " " + p.Digest(),
	}
	if s.Records != "" {
		lines = append(lines, TrailerEvidence+": "+oneLine(s.Records, 300))
	}
	return strings.Join(append(lines, TrailerSource+": "+s.Source), "\n") + "\n"
}

// Claim is what the trailers of a commit say of a promotion. Anybody may write any: it tells what a commit is meant to be,
// and proves nothing.
type Claim struct {
	// From and Model are what was promoted.
	From, Model string
	// ReleaseID and Digest are its release.
	ReleaseID, Digest string
	// Records is where the evidence was, and Source the commit that the release was read from.
	Records, Source string
}

var (
	promotesForm = regexp.MustCompile(`^([a-z0-9][-a-z0-9]*)/([a-z0-9][-a-z0-9]*)$`)
	releaseForm  = regexp.MustCompile(`^(rel-[0-9a-f]{7}) ([0-9a-f]{64})$`)
	commitForm   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// ReadClaim reads the trailers of a commit; false if they do not say just once what was promoted.
func ReadClaim(commit source.Commit) (Claim, bool) {
	one, ok := trailersOf(commit)
	if !ok {
		return Claim{}, false
	}
	unit, release := promotesForm.FindStringSubmatch(one(TrailerPromotes)), releaseForm.FindStringSubmatch(one(TrailerRelease))
	if unit == nil || release == nil || !commitForm.MatchString(one(TrailerSource)) {
		return Claim{}, false
	}
	return Claim{From: unit[1], Model: unit[2], ReleaseID: release[1], Digest: release[2], Records: one(TrailerEvidence), Source: one(TrailerSource)}, true
}

// trailersOf are those of a commit; false if one of ours is there twice.
func trailersOf(commit source.Commit) (one func(key string) string, ok bool) {
	parsed, err := trust.ParseCommit(commit.Raw)
	if err != nil {
		return nil, false
	}
	values := map[string][]string{}
	for _, t := range parsed.Trailers {
		values[t.Key] = append(values[t.Key], t.Value)
	}
	for key, list := range values {
		if strings.HasPrefix(key, "Penstock-") && len(list) != 1 {
			return nil, false
		}
	}
	return func(key string) string { return strings.Join(values[key], "") }, true
}

// String is the claim in a few words.
func (c Claim) String() string { return fmt.Sprintf("%s of %s/%s", c.ReleaseID, c.From, c.Model) }
