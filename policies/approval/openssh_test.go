package approval

import (
	"testing"

	"golang.org/x/crypto/ssh"
)

// opensshAccepts asks ssh-keygen -Y verify whether a file's text and signature are good.
func opensshAccepts(t *testing.T, f File, line string) (string, bool) {
	t.Helper()
	tool(t, "ssh-keygen")
	dir := t.TempDir()
	trusted := write(t, dir, "allowed_signers", []byte(line+"\n"))
	signature := write(t, dir, "signature", f.Armored)
	out, err := attempt(dir, f.Text(), "ssh-keygen", "-Y", "verify", "-f", trusted, "-I", "grace@example.com", "-n", f.Namespace(), "-s", signature,
		"-O", "verify-time="+now.Format("20060102150405")+"Z")
	return out, err == nil
}

func TestAnApprovalCanBeVerifiedByHand(t *testing.T) {
	grace, authority := key(t, 1), key(t, 9)
	rules := Statement{RulesUnit, agreed.Content, agreed.Expires}
	certificate := certified(t, issue(t, authority, grace, nil), grace)
	edited := approve(t, grace, agreed)
	edited.Content = digest("b")
	for name, test := range map[string]struct {
		file File
		line string
		good bool
	}{
		"a unit":            {approve(t, grace, agreed), `grace@example.com namespaces="approval@penstock.dev" ` + public(grace), true},
		"rules":             {approve(t, grace, rules), `grace@example.com namespaces="rules@penstock.dev" ` + public(grace), true},
		"a certificate":     {approve(t, certificate, agreed), "*@example.com cert-authority " + public(authority), true},
		"another namespace": {approve(t, grace, rules), `grace@example.com namespaces="approval@penstock.dev" ` + public(grace), false},
		"an edited one":     {edited, "grace@example.com " + public(grace), false},
		"a stranger":        {approve(t, grace, agreed), "grace@example.com " + public(authority), false},
	} {
		_, err := Verify(test.file, signers(t, test.line), test.file.Unit, test.file.Content, now)
		if out, theirs := opensshAccepts(t, test.file, test.line); theirs != test.good || (err == nil) != test.good {
			t.Errorf("%s: ours %v, OpenSSH's %t: %s", name, err, theirs, out)
		}
	}
}

func TestAnApprovalThatWasSignedByHandCounts(t *testing.T) {
	tool(t, "ssh-keygen")
	dir := t.TempDir()
	if out, err := attempt(dir, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key"); err != nil {
		t.Fatal(out)
	}
	write(t, dir, "text", agreed.Text())
	if out, err := attempt(dir, nil, "ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", Namespace, "text"); err != nil {
		t.Fatal(out)
	}
	armored, err := attempt(dir, nil, "cat", "text.sig")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := attempt(dir, nil, "cat", "key.pub")
	if err != nil {
		t.Fatal(err)
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(pub))
	if err != nil {
		t.Fatal(err)
	}
	file := File{Name: "a", Statement: agreed, Armored: []byte(armored)}
	if got, err := Verify(file, signers(t, "grace@example.com "+pub), agreed.Unit, agreed.Content, now); err != nil || got.Fingerprint != ssh.FingerprintSHA256(public) {
		t.Errorf("%+v, %v", got, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	grace := key(b, 1)
	file, trusted := approve(b, grace, agreed), signers(b, "grace@example.com "+public(grace))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(file, trusted, agreed.Unit, agreed.Content, now); err != nil {
			b.Fatal(err)
		}
	}
}
