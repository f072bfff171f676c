package trust

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func FuzzParseSigners(f *testing.F) {
	for _, name := range []string{"no_key", "option_twice", "two_lines_wrong", "time_never", "certificate", "dsa"} {
		f.Add(read(f, "bad", name))
	}
	f.Add(read(f, "real", "allowed_signers"))
	armored := sign(f, key(f, 1), "git", "m")
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems := ParseSigners("signers", data)
		if (s == nil) != (len(problems) > 0) {
			t.Fatalf("%v and %v", s, problems)
		}
		for _, p := range problems {
			if p.Line < 0 || p.Line > 1+bytes.Count(data, []byte("\n")) || p.Rule == "" || p.Message == "" || strings.ContainsAny(p.Message, "\x1b\r\x00") {
				t.Errorf("%#v", p)
			}
		}
		if _, err := s.Verify([]byte("m"), armored, "git", now); err == nil && !bytes.Contains(data, []byte(public(key(t, 1))[12:60])) {
			t.Error("a key that is not listed is trusted")
		}
	})
}

func FuzzParseCommit(f *testing.F) {
	for _, test := range ambiguous {
		f.Add([]byte(test.text))
	}
	for _, name := range []string{"alice", "cert", "openpgp", "unsigned"} {
		f.Add(read(f, "real", name+".commit"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseCommit(raw)
		if err != nil {
			if object := (ObjectError{}); !errors.As(err, &object) || c != nil {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		signed := bytes.Contains(raw, []byte("\ngpgsig "))
		if c.Armor() == nil && !bytes.Equal(c.Payload(), raw) || !signed && c.Armor() != nil {
			t.Errorf("of %q, %q is signed by %q", raw, c.Payload(), c.Armor())
		}
		head, _, _ := bytes.Cut(raw, []byte("\n\n"))
		for _, name := range []string{"tree ", "author ", "committer ", "gpgsig "} {
			if n := bytes.Count(append([]byte("\n"), head...), []byte("\n"+name)); n > 1 {
				t.Errorf("%s%d times in %q", name, n, raw)
			}
		}
		if _, err := ParseCommit(c.Payload()); err != nil {
			t.Errorf("without its signature it is no commit: %v", err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	trusted := Keys{Signers: signers(f, string(read(f, "real", "allowed_signers"))), OpenPGP: keyring(f, string(read(f, "real", "keyring.asc")))}
	for _, name := range []string{"alice", "cert", "bob", "openpgp"} {
		c, err := ParseCommit(read(f, "real", name+".commit"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.Payload(), c.Armor())
	}
	known := map[string]bool{}
	for _, name := range []string{"alice", "cert", "bob", "openpgp"} {
		c, _ := ParseCommit(read(f, "real", name+".commit"))
		known[string(c.Payload())] = true
	}
	f.Fuzz(func(t *testing.T, payload, armored []byte) {
		identity, err := trusted.verify(payload, armored, now)
		if err == nil {
			if !known[string(payload)] || len(identity.Principals) == 0 {
				t.Fatalf("%q is signed by %+v", payload, identity)
			}
			return
		}
		rule(t, err)
		if identity.Is("alice@example.com") || identity.Is("bob@example.com") {
			t.Error("what was refused still names somebody")
		}
	})
}

// FuzzParseKeyring looks for keys that make verification panic.
func FuzzParseKeyring(f *testing.F) {
	f.Add(read(f, "real", "keyring.asc"))
	c, err := ParseCommit(read(f, "real", "openpgp.commit"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k, problems := ParseKeyring("keyring.asc", data)
		if (k == nil) != (len(problems) > 0) {
			t.Fatalf("%v and %v", k, problems)
		}
		_, _ = k.Verify(c.Payload(), c.Armor(), now.Add(time.Hour))
	})
}
