package trust

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkParseCommit(b *testing.B) {
	raw := read(b, "real", "alice.commit")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCommit(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify verifies commits that git signed, against a trust file of 1,000 keys.
func BenchmarkVerify(b *testing.B) {
	var others strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&others, "user%d@example.com %s\n", i, public(key(b, byte(i))))
	}
	trusted := Keys{
		Signers: signers(b, others.String()+string(read(b, "real", "allowed_signers"))),
		OpenPGP: keyring(b, string(read(b, "real", "keyring.asc"))),
	}
	for _, name := range []string{"alice", "cert", "openpgp"} {
		c, err := ParseCommit(read(b, "real", name+".commit"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Verify(trusted, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseSigners(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "user%d@example.com namespaces=\"git\",valid-before=\"20270101Z\" %s\n", i, public(key(b, byte(i))))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := ParseSigners("signers", []byte(text.String())); problems.Err() != nil {
			b.Fatal(problems)
		}
	}
}
