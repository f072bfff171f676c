package trust

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommitsThatGitSignsWithSSHAreGood(t *testing.T) {
	r := newRepository(t)
	for key, want := range map[string]string{
		"alice":          "ssh ssh-ed25519 [alice@example.com] author=true committer=true",
		"alice-cert.pub": "ssh ssh-ed25519 [alice@example.com] author=true committer=true",
		// Facts for the reader of git verify-commit, which says "Good" of these two as well:
		"bob":   "ssh ssh-ed25519 [bob@example.com] author=false committer=false",
		"agent": "ssh ssh-ed25519 [agent@example.com] author=false committer=false",
	} {
		id := r.commit(key)
		if !r.good("commit", id) {
			t.Errorf("%s: git itself does not verify it", key)
		}
		if got := summary(judge(r.raw("commit", id), r.keys())); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

func TestAuthorAndCommitterAreToldApart(t *testing.T) {
	r := newRepository(t)
	id := r.commit("alice", "--author=Bob <bob@example.com>")
	if got, want := summary(judge(r.raw("commit", id), r.keys())), "ssh ssh-ed25519 [alice@example.com] author=false committer=true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCommitsThatGitSignsWithOpenPGPAreGood(t *testing.T) {
	r := newRepository(t)
	r.gpg()
	id := r.commit("openpgp")
	if !r.good("commit", id) {
		t.Error("git itself does not verify it")
	}
	if got, want := summary(judge(r.raw("commit", id), r.keys())), "openpgp ed25519 [alice@example.com] author=true committer=true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	tampered := strings.Replace(string(r.raw("commit", id)), "longer", "shorter", 1)
	if r.good("commit", r.object(tampered)) {
		t.Error("git calls a changed commit good")
	}
	if _, err := judge([]byte(tampered), r.keys()); rule(t, err) != "BadSignature" {
		t.Error(err)
	}
}

func TestTagsThatGitSignsAreGood(t *testing.T) {
	r := newRepository(t)
	r.gpg()
	r.commit("alice")
	for key, want := range map[string]string{
		"alice":   "ssh ssh-ed25519 [alice@example.com] author=true committer=true",
		"bob":     "ssh ssh-ed25519 [bob@example.com] author=false committer=false",
		"openpgp": "openpgp ed25519 [alice@example.com] author=true committer=true",
	} {
		r.git(append(r.signing(key), "tag", "-s", "-m", "Release", "v-"+key)...)
		if !r.good("tag", "v-"+key) {
			t.Errorf("%s: git itself does not verify it", key)
		}
		tag, err := ParseTag(r.raw("tag", "v-"+key))
		if err != nil {
			t.Fatal(err)
		}
		if got := summary(tag.Verify(r.keys(), now)); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

func TestAChangedCommitIsBadToGitAndHere(t *testing.T) {
	r := newRepository(t)
	raw := string(r.raw("commit", r.commit("alice")))
	for name, change := range map[string][2]string{
		"message":   {"longer", "shorter"},
		"author":    {"author Alice Smith <alice@", "author Alice Smith <bob@"},
		"committer": {"committer Alice", "committer Mallory"},
		"tree":      {"tree " + hashA, "tree " + hashB},
		"parent":    {"author ", "parent " + hashB + "\nauthor "},
		"encoding":  {"gpgsig ", "encoding UTF-8\ngpgsig "},
	} {
		changed := strings.Replace(raw, change[0], change[1], 1)
		if changed == raw {
			t.Fatalf("%s: nothing was changed in\n%s", name, raw)
		}
		if r.good("commit", r.object(changed)) {
			t.Errorf("%s: git calls it good", name)
		}
		if _, err := judge([]byte(changed), r.keys()); rule(t, err) != "BadSignature" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Objects as an attacker would write them, with git's own plumbing. Where git itself says Good, it has not seen
// what another reader sees.
func TestObjectsThatGitWouldNotWriteAreRefused(t *testing.T) {
	r := newRepository(t)
	raw := string(r.raw("commit", r.commit("alice")))
	head, message, _ := strings.Cut(raw, "\n\n")
	_, armored, _ := strings.Cut(head, "\ngpgsig ")
	for name, text := range map[string]string{
		"two trees":                     strings.Replace(raw, "tree ", "tree "+hashB+"\ntree ", 1),
		"two signatures":                head + "\ngpgsig " + armored + "\n\n" + message,
		"a second tree behind":          head + "\ntree " + hashB + "\n\n" + message,
		"outside of what git signs":     head + "\ngpgsigparent " + hashB + "\n\n" + message,
		"signed in SHA-256":             strings.Replace(raw, "gpgsig ", "gpgsig-sha256 ", 1),
		"a parent in the signature":     strings.Replace(raw, "\n -----END", "\n parent "+hashB+"\n -----END", 1),
		"two in one header":             head + "\n " + armored + "\n\n" + message,
		"something behind the armor":    head + "\n parent " + hashB + "\n\n" + message,
		"a NUL hides the message's end": raw + "\x00hidden",
	} {
		id := r.object(text)
		_, err := judge(r.raw("commit", id), r.keys())
		if got := rule(t, err); got != "AmbiguousObject" && got != "MalformedSignature" {
			t.Errorf("%s: %s: %v (git says good: %t)", name, got, err, r.good("commit", id))
		}
	}
	if id := r.object(strings.Replace(raw, "gpgsig ", "gpgsigparent "+hashB+"\ngpgsig ", 1)); !r.good("commit", id) {
		t.Log("this git signs headers that begin with gpgsig")
	}
}

func TestASHA1SignatureByGPGIsRefused(t *testing.T) {
	r := newRepository(t)
	r.gpg()
	for hash, want := range map[string]string{"SHA1": "WeakSignature", "SHA384": ""} {
		armored := run(t, r.dir, []byte("m"), filepath.Join(r.dir, "gpg-at"), "--batch", "--quiet", "--armor", "--digest-algo", hash, "--detach-sign")
		if _, err := r.keys().OpenPGP.Verify([]byte("m"), armored, now); rule(t, err) != want {
			t.Errorf("%s: %v", hash, err)
		}
	}
}

// What git and gpg wrote once is verified also where they are not installed.
func TestRecordedObjectsAreGood(t *testing.T) {
	if *update {
		record(t)
	}
	trusted := Keys{Signers: signers(t, string(read(t, "real", "allowed_signers"))), OpenPGP: keyring(t, string(read(t, "real", "keyring.asc")))}
	for name, want := range map[string]string{
		"alice.commit":    "ssh ssh-ed25519 [alice@example.com] author=true committer=true",
		"cert.commit":     "ssh ssh-ed25519 [alice@example.com] author=true committer=true",
		"bob.commit":      "ssh ssh-ed25519 [bob@example.com] author=false committer=false",
		"openpgp.commit":  "openpgp ed25519 [alice@example.com] author=true committer=true",
		"unsigned.commit": ErrUnsigned.Error(),
	} {
		if got := summary(judge(read(t, "real", name), trusted)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// record writes testdata/real.
func record(t *testing.T) {
	r := newRepository(t)
	r.gpg()
	save := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join("testdata", "real", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("allowed_signers", []byte(r.file("allowed_signers")))
	save("keyring.asc", []byte(r.file("keyring.asc")))
	for name, key := range map[string]string{"alice": "alice", "cert": "alice-cert.pub", "bob": "bob", "openpgp": "openpgp"} {
		save(name+".commit", r.raw("commit", r.commit(key)))
	}
	r.git("commit", "--quiet", "--allow-empty", "-m", "Not signed")
	save("unsigned.commit", r.raw("commit", "HEAD"))
}
