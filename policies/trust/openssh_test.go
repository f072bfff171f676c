package trust

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// accepts says whether this package accepts a signature as one by a principal.
func accepts(file, principal string, message, armored []byte, at time.Time) (accepted, readable bool) {
	trusted, problems := ParseSigners("signers", []byte(file))
	if problems.Err() != nil {
		return false, false
	}
	identity, err := trusted.Verify(message, armored, "git", at)
	return err == nil && identity.Is(principal), true
}

// openSSH asks ssh-keygen -Y verify the same.
type openSSH struct {
	dir       string
	signature string
}

func newOpenSSH(t testing.TB, armored []byte) openSSH {
	t.Helper()
	tool(t, "ssh-keygen")
	dir := t.TempDir()
	return openSSH{dir, write(t, dir, "m.sig", string(armored))}
}

func (o openSSH) accepts(t testing.TB, file, principal string, message []byte, at time.Time) bool {
	path := write(t, o.dir, "signers", file)
	_, err := attempt(o.dir, message, "ssh-keygen", "-Y", "verify", "-f", path, "-I", principal, "-n", "git",
		"-s", o.signature, "-O", "verify-time="+at.UTC().Format("20060102150405")+"Z")
	return err == nil
}

// someOf picks one.
func someOf(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// randomLine writes a line of allowed_signers: mostly right, with OpenSSH's liberties.
func randomLine(r *rand.Rand, keys []string) string {
	line := someOf(r, "*", "*@example.com,carol", "a?ice@*,carol,bob@*", "carol,al*le.com", "Alice@example.com")
	for range r.IntN(2) {
		line += "," + someOf(r, "!bob*", "!carol", "!a*", "dave", "*b*", "*", someOf(r, "!", "", "x"))
	}
	if r.IntN(5) == 0 {
		line = `"` + line + `"`
	}
	space := someOf(r, " ", "\t", "  ")
	keyText := keys[r.IntN(len(keys))]
	if options := randomOptions(r, keyText == keys[0]); options != "" {
		line += space + options
	}
	return someOf(r, "", "", "", " ", "# ") + line + space + keyText + someOf(r, "", " comment", "\r") + "\n"
}

// randomOptions writes options, one in ten of them wrong.
func randomOptions(r *rand.Rand, authority bool) string {
	var options []string
	if authority != (r.IntN(20) == 0) {
		options = append(options, someOf(r, "cert-authority", "CERT-authority"))
	}
	for range r.IntN(4) / 2 {
		options = append(options, someOf(r, `namespaces="git"`, `namespaces="g*,!gut"`, `namespaces="file,git"`, `Namespaces="file"`,
			`valid-after="20260825Z"`, `valid-after="20260826Z"`, `valid-before="20260825120000Z"`, `valid-before="202608251201Z"`, `valid-before="20260825115959"`,
			someOf(r, `namespaces=git`, "touch", `valid-before="20260230Z"`, `namespaces="*,!git"`)))
	}
	return strings.Join(options, ",")
}

func TestWhatIsAcceptedIsWhatOpenSSHAccepts(t *testing.T) {
	alice, authority := key(t, 1), key(t, 9)
	keys := []string{public(authority), public(alice), public(key(t, 2))}
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[string]int{}
	for name, signer := range map[string]ssh.Signer{
		"key": alice,
		"certificate": issue(t, authority, alice, func(c *ssh.Certificate) {
			c.ValidPrincipals = []string{"alice@example.com", "carol"}
		}),
		"expired certificate": issue(t, authority, alice, func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix()) }),
	} {
		armored := sign(t, signer, "git", "m")
		oracle := newOpenSSH(t, armored)
		for range 150 {
			file := ""
			for range 1 + r.IntN(4) {
				file += randomLine(r, keys)
			}
			principal := someOf(r, "alice@example.com", "bob@example.com", "carol")
			ours, readable := accepts(file, principal, []byte("m"), armored, now)
			theirs := oracle.accepts(t, file, principal, []byte("m"), now)
			if readable && ours != theirs || ours && !theirs {
				t.Errorf("%s by %s: ours %t, OpenSSH's %t:\n%s", name, principal, ours, theirs, file)
			}
			counts[fmt.Sprint(readable, ours)]++
		}
	}
	for _, outcome := range []string{"true true", "true false", "false false"} {
		if counts[outcome] < 40 {
			t.Errorf("the lines test too little: %v", counts)
		}
	}
}

func TestSignaturesOfEveryToolAreGoodToTheOther(t *testing.T) {
	tool(t, "ssh-keygen")
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-t", "ed25519"}, {"-t", "ecdsa", "-b", "256"}, {"-t", "ecdsa", "-b", "384"}, {"-t", "ecdsa", "-b", "521"}, {"-t", "rsa", "-b", "2048"},
	} {
		name := args[1] + args[len(args)-1]
		run(t, dir, nil, "ssh-keygen", append(args, "-q", "-N", "", "-C", "", "-f", name)...)
		pub := run(t, dir, nil, "cat", name+".pub")
		run(t, dir, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name+"-ca")
		run(t, dir, nil, "ssh-keygen", "-q", "-s", name+"-ca", "-I", "id", "-n", "alice@example.com", "-V", "20260101:20270101", name+".pub")
		ca := run(t, dir, nil, "cat", name+"-ca.pub")
		for key, line := range map[string]string{name: string(pub), name + "-cert.pub": "cert-authority " + string(ca)} {
			message := []byte("signed with " + key)
			armored := run(t, dir, message, "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "git")
			if ours, _ := accepts("alice@example.com "+line, "alice@example.com", message, armored, now); !ours {
				t.Errorf("%s: a signature by ssh-keygen is refused", key)
			}
			if ours, _ := accepts("alice@example.com "+line, "alice@example.com", append(message, '.'), armored, now); ours {
				t.Errorf("%s: a signature of something else is accepted", key)
			}
		}
	}
}

func TestASignatureByASecurityKeyIsGoodToOpenSSHToo(t *testing.T) {
	device := newSecurityKey(t)
	armored := sign(t, device, "git", "m")
	file := "a " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(device.PublicKey()))) + "\n"
	ours, _ := accepts(file, "a", []byte("m"), armored, now)
	if theirs := newOpenSSH(t, armored).accepts(t, file, "a", []byte("m"), now); !ours || !theirs {
		t.Errorf("ours %t, OpenSSH's %t", ours, theirs)
	}
}

// FuzzSignersLikeOpenSSH looks for a file that lets somebody in here and not in OpenSSH. In the text, KEY
// stands for the key that signs and OTHER for another.
func FuzzSignersLikeOpenSSH(f *testing.F) {
	for _, seed := range []string{
		"alice@example.com KEY", "*,!bob KEY", `"alice@example.com,b c" KEY`, `a"l"ice@example.com KEY`, "alice@example.com OTHER\n* KEY",
		`alice@example.com namespaces="git",valid-after="20240101" KEY`, `alice@example.com namespaces="a\"b,git" KEY`,
		"# KEY", "alice@example.com cert-authority KEY", `* valid-before="20260825120000Z" KEY`, "*\tKEY\r\n", "al* ,KEY", "* KEY KEY",
	} {
		f.Add(seed)
	}
	alice := key(f, 1)
	armored := sign(f, alice, "git", "m")
	oracle := newOpenSSH(f, armored)
	f.Fuzz(func(t *testing.T, text string) {
		file := strings.NewReplacer("KEY", public(alice), "OTHER", public(key(t, 2))).Replace(text)
		ours, readable := accepts(file, "alice@example.com", []byte("m"), armored, now)
		if !readable {
			return
		}
		if theirs := oracle.accepts(t, file, "alice@example.com", []byte("m"), now); ours != theirs {
			t.Errorf("ours %t, OpenSSH's %t:\n%s", ours, theirs, file)
		}
	})
}
