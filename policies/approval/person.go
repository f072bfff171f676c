package approval

import (
	"slices"

	"github.com/penstock-dev/penstock/policies/trust"
)

// Principal is the name by which people know who signed: the first, by the alphabet, of the exact names that the trust file
// or the certificate gives the key; or else, where there are patterns alone, its fingerprint.
func Principal(i trust.Identity) string {
	if len(i.Principals) > 0 {
		return i.Principals[0]
	}
	return i.Fingerprint
}

// Distinct is how many people several identities are: neither two keys of one person nor two names of one key make two, and
// a key that may sign as somebody else who is among them makes no second.
func Distinct(all []trust.Identity) int {
	return len(slices.Compact(slices.Sorted(slices.Values(People(all)))))
}

// People are the names of identities, in their order, where all that are one person have one name.
func People(all []trust.Identity) []string {
	names := make([]string, len(all))
	for i := range all {
		if names[i] == "" {
			name(all, names, i, Principal(all[i]))
		}
	}
	return names
}

// name names all that are the same person as the i-th, directly or through another.
func name(all []trust.Identity, names []string, i int, as string) {
	names[i] = as
	for j := range all {
		if names[j] == "" && same(all[i], all[j]) {
			name(all, names, j, as)
		}
	}
}

// same says whether two identities can be one person, as far as the trust file tells.
func same(a, b trust.Identity) bool {
	isOne := func(a, b trust.Identity) bool {
		return slices.ContainsFunc(b.Principals, func(p string) bool { return a.Is(p) || slices.Contains(a.Principals, p) })
	}
	return a.Fingerprint == b.Fingerprint || isOne(a, b) || isOne(b, a)
}
