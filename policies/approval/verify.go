package approval

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/policies/trust"
)

// Verify says whose approval a file is, of a unit with just this content, as of a time. The error says why it does not count.
func Verify(f File, signers *trust.Signers, unit, content string, now time.Time) (trust.Identity, error) {
	switch {
	case f.Unit != unit:
		return trust.Identity{}, fmt.Errorf("it is of %s", f.Unit)
	case f.Content != content:
		return trust.Identity{}, fmt.Errorf("it is of %.19s, and the files are %.19s now: one of them has changed since, ask for approval again", f.Content, content)
	case !now.Before(f.Expires):
		return trust.Identity{}, fmt.Errorf("it expired at %s", f.Expires.UTC().Format(time.RFC3339))
	case f.Expires.Sub(now) > MaxLifetime:
		return trust.Identity{}, fmt.Errorf("it ends at %s, in more than %d days", f.Expires.UTC().Format(time.RFC3339), int(MaxLifetime.Hours()/24))
	}
	identity, err := signers.Verify(f.Text(), f.Armored, f.namespace(), now)
	if err != nil {
		return trust.Identity{}, err
	}
	return identity, nil
}

// Principal is the name by which people know a signer: the first of those that the trust file gives the key, or else its
// fingerprint.
func Principal(i trust.Identity) string {
	if len(i.Principals) > 0 {
		return i.Principals[0]
	}
	return i.Fingerprint
}

// Distinct is how many people several identities are: neither two keys of one person nor two names of one key make two.
func Distinct(all []trust.Identity) int {
	groups := 0
	seen := make([]bool, len(all))
	for i := range all {
		if seen[i] {
			continue
		}
		groups++
		mark(all, seen, i)
	}
	return groups
}

// mark marks all that are the same person as the i-th, directly or through another.
func mark(all []trust.Identity, seen []bool, i int) {
	seen[i] = true
	for j := range all {
		if !seen[j] && same(all[i], all[j]) {
			mark(all, seen, j)
		}
	}
}

func same(a, b trust.Identity) bool {
	if a.Fingerprint == b.Fingerprint {
		return true
	}
	for _, principal := range a.Principals {
		for _, other := range b.Principals {
			if principal == other {
				return true
			}
		}
	}
	return false
}
