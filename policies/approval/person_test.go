package approval

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/policies/trust"
)

func TestPeopleAreCountedAndNotKeys(t *testing.T) {
	keys := map[string]ssh.Signer{"a": key(t, 1), "b": key(t, 2), "c": key(t, 3), "d": key(t, 4)}
	trusted := func(lines ...string) []string {
		for i, line := range lines {
			lines[i] = line[:len(line)-1] + public(keys[line[len(line)-1:]])
		}
		return lines
	}
	fingerprint := func(name string) string { return ssh.FingerprintSHA256(keys[name].PublicKey()) }
	for name, test := range map[string]struct {
		trusted []string
		by      string
		want    []string
		people  int
	}{
		"nobody":                        {trusted("grace a"), "", nil, 0},
		"two people":                    {trusted("grace a", "ada b"), "ab", []string{"grace", "ada"}, 2},
		"one key twice":                 {trusted("grace a"), "aa", []string{"grace", "grace"}, 1},
		"one key listed for two":        {trusted("grace a", "ada a"), "aa", []string{"ada", "ada"}, 1},
		"one person with two keys":      {trusted("grace a", "grace b"), "ab", []string{"grace", "grace"}, 1},
		"one person under two names":    {trusted("grace,g@example.com a", "grace b", "g@example.com c"), "bca", []string{"grace", "grace", "grace"}, 1},
		"one person through a third":    {trusted("x,grace a", "grace,ada b", "ada,y c", "z d"), "acdb", []string{"grace", "grace", "z", "grace"}, 2},
		"patterns name nobody":          {trusted("*@example.com a", "*@example.com b"), "ab", []string{fingerprint("a"), fingerprint("b")}, 2},
		"a pattern that is one of them": {trusted("*@example.com a", "ada@example.com b"), "ab", []string{fingerprint("a"), fingerprint("a")}, 1},
		"one of them by a pattern":      {trusted("ada@example.com a", "*@example.com b"), "ab", []string{"ada@example.com", "ada@example.com"}, 1},
		"a pattern that is none":        {trusted("*@example.com,!ada@example.com a", "ada@example.com b"), "ba", []string{"ada@example.com", fingerprint("a")}, 2},
	} {
		var identities []trust.Identity
		for _, letter := range test.by {
			identity, err := Verify(approve(t, keys[string(letter)], agreed), signers(t, test.trusted...), agreed.Unit, agreed.Content, now)
			if err != nil {
				t.Fatal(err)
			}
			identities = append(identities, identity)
		}
		if diff := cmp.Diff(append([]string{}, test.want...), People(identities)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := Distinct(identities); got != test.people {
			t.Errorf("%s: %d people, want %d", name, got, test.people)
		}
	}
}
