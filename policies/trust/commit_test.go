package trust

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	hashA = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	hashB = "9daeafb9864cf43055ae93beb0afd6c7d144bfa4"
)

// plain is a commit as git writes it; tests change one thing in it.
const plain = "tree " + hashA + "\n" +
	"parent " + hashB + "\n" +
	"author Alice Smith <alice@example.com> 1787659200 +0200\n" +
	"committer Bob <bob@example.com> 1787659260 -0330\n" +
	"\n" +
	"Serve a longer\ncontext\n\nBecause of the contracts.\n\nReviewed-by: Carol <carol@example.com>\nUnit: prod/llama\n  -3-8b\n"

const gpgsig = "gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"

// with inserts headers before the message.
func with(headers string) string {
	return strings.Replace(plain, "\n\nServe", "\n"+headers+"\nServe", 1)
}

func TestACommitIsRead(t *testing.T) {
	got, err := ParseCommit([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	want := &Commit{
		Tree: hashA, Parents: []string{hashB},
		Author:    Person{"Alice Smith", "alice@example.com", time.Date(2026, 8, 25, 14, 0, 0, 0, time.FixedZone("", 2*3600))},
		Committer: Person{"Bob", "bob@example.com", time.Date(2026, 8, 25, 8, 31, 0, 0, time.FixedZone("", -3*3600-1800))},
		Subject:   "Serve a longer context",
		Body:      "Because of the contracts.\n\nReviewed-by: Carol <carol@example.com>\nUnit: prod/llama\n  -3-8b",
		Trailers:  []Trailer{{"Reviewed-by", "Carol <carol@example.com>"}, {"Unit", "prod/llama -3-8b"}},
		payload:   []byte(plain),
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Commit{})); diff != "" {
		t.Error(diff)
	}
	if got.Author.String() != "Alice Smith <alice@example.com>" || (Person{Email: "a@x"}).String() != "<a@x>" {
		t.Errorf("%s", got.Author)
	}
}

func TestWhatGitAndItsRelativesWriteIsAccepted(t *testing.T) {
	for name, text := range map[string]string{
		"root":               strings.Replace(plain, "parent "+hashB+"\n", "", 1),
		"merge":              strings.Replace(plain, "author ", "parent "+hashA+"\nparent "+hashB+"\nauthor ", 1),
		"no message":         strings.SplitAfter(plain, "\n\n")[0],
		"no name":            strings.Replace(plain, "Alice Smith <", "<", 1),
		"empty name":         strings.Replace(plain, "Alice Smith <", " <", 1),
		"no address":         strings.Replace(plain, "<alice@example.com>", "<>", 1),
		"a name in UTF-8":    strings.Replace(plain, "Alice Smith", "Алиса Ł.", 1),
		"encoding":           with("encoding utf-8\n"),
		"signed":             with(gpgsig),
		"encoding, signed":   with("encoding UTF-8\n" + gpgsig),
		"signed, encoding":   with(gpgsig + "encoding UTF-8\n"), // JGit
		"jj's change id":     with("change-id kqxlnypqrvuz\n" + gpgsig),
		"hg-git":             with("HG:extra branch:x\n"),
		"merged signed tags": with("mergetag object " + hashA + "\n type commit\n tag v1\n\x20\n a message\r\nmergetag object " + hashB + "\n type commit\n"),
		"CRLF in message":    strings.Replace(plain, "Because of", "Because\r\nof", 1),
		"latin-1 in message": strings.Replace(plain, "Because of", "Caf\xe9", 1),
	} {
		c, err := ParseCommit([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(c.Payload()) != strings.Replace(text, gpgsig, "", 1) {
			t.Errorf("%s: signed is %q", name, c.Payload())
		}
		if strings.Contains(text, gpgsig) != (c.Armor() != nil) {
			t.Errorf("%s: the signature is %q", name, c.Armor())
		}
	}
}

// ambiguous are commits that two readers could read differently, with what is said of them.
var ambiguous = map[string]struct{ text, want string }{
	"empty":               {"", "line 1: the headers do not end with an empty line"},
	"no end of headers":   {strings.SplitAfter(plain, "-0330\n")[0], "line 5: the headers do not end with an empty line"},
	"cut in a header":     {plain[:60], "line 2: the headers do not end with an empty line"},
	"no headers":          {"\nmessage\n", `line 1: the headers end where the header "tree" belongs`},
	"only a tree":         {"tree " + hashA + "\n\n", `line 2: the headers end where the header "author" belongs`},
	"two trees":           {"tree " + hashB + "\n" + plain, `line 2: there is "tree" where the header "author" belongs`},
	"a tree later":        {with("tree " + hashB + "\n"), `line 5: the header "tree" is said again, or too late`},
	"a Tree later":        {with("Tree " + hashB + "\n"), `line 5: the header "Tree" is said again, or too late`},
	"two authors":         {strings.Replace(plain, "author", "author Eve <eve@x> 1 +0000\nauthor", 1), `line 4: there is "author" where the header "committer" belongs`},
	"two committers":      {with("committer Eve <eve@x> 1 +0000\n"), `line 5: the header "committer" is said again, or too late`},
	"a parent later":      {with("parent " + hashA + "\n"), `line 5: the header "parent" is said again, or too late`},
	"parent before tree":  {"parent " + hashB + "\n" + plain, `line 1: there is "parent" where the header "tree" belongs`},
	"committer first":     {strings.Replace(plain, "author", "committer Eve <eve@x> 1 +0000\nauthor", 1), `line 3: there is "committer" where the header "author" belongs`},
	"two signatures":      {with(gpgsig + gpgsig), `line 8: the header "gpgsig" is said twice`},
	"two encodings":       {with("encoding UTF-8\nencoding UTF-8\n"), `line 6: the header "encoding" is said twice`},
	"an unknown twice":    {with("change-id a\nchange-id b\n"), `line 6: the header "change-id" is said twice`},
	"SHA-256 signature":   {with(strings.Replace(gpgsig, "gpgsig", "gpgsig-sha256", 1)), "line 5: it has a signature for its SHA-256 form (gpgsig-sha256), and only SHA-1 repositories are supported"},
	"SHA-256, one line":   {with("gpgsig-sha256 x\n"), "line 5: it has a signature for its SHA-256 form (gpgsig-sha256), and only SHA-1 repositories are supported"},
	"almost a signature":  {with("gpgsigx x\n"), `line 5: git leaves the header "gpgsigx" out of what is signed`},
	"another encoding":    {with("encoding UTF-7\n"), `line 5: it is written in "UTF-7", and names mean another thing there than in UTF-8`},
	"SHA-256 tree":        {strings.Replace(plain, hashA, hashA+"000000000000000000000000", 1), `line 1: tree is "4b825dc642cb6eb9a060e54bf8d69288fbee4904000000000000000000000000", and not 40 hex digits in lower case`},
	"upper case":          {strings.Replace(plain, hashA, strings.ToUpper(hashA), 1), `line 1: tree is "4B825DC642CB6EB9A060E54BF8D69288FBEE4904", and not 40 hex digits in lower case`},
	"two spaces":          {strings.Replace(plain, "tree ", "tree  ", 1), `line 1: tree is " 4b825dc642cb6eb9a060e54bf8d69288fbee4904", and not 40 hex digits in lower case`},
	"NUL in the message":  {plain + "\x00tree", "line 14: there is a NUL byte, behind which git shows nothing"},
	"NUL in a header":     {strings.Replace(plain, "Alice", "Ali\x00ce", 1), "line 3: there is a NUL byte, behind which git shows nothing"},
	"CRLF":                {strings.ReplaceAll(plain, "\n", "\r\n"), "line 1: the header tree has a carriage return"},
	"CR hides a header":   {strings.Replace(plain, "Alice", "Eve <eve@x> 1 +0000\rauthor Alice", 1), "line 3: the header author has a carriage return"},
	"a line of CR":        {strings.Replace(plain, "\n\n", "\n\r\n", 1), `line 5: "\r" is no header`},
	"first line goes on":  {" tree " + hashB + "\n" + plain, "line 1: the first line begins with a space"},
	"tree goes on":        {strings.Replace(plain, "\nparent", "\n parent", 1), "line 2: the header tree goes on over a second line, which hides what is in it"},
	"author goes on":      {strings.Replace(plain, "\ncommitter", "\n committer", 1), "line 4: the header author goes on over a second line, which hides what is in it"},
	"an unknown goes on":  {with("x y\n parent " + hashA + "\n"), "line 6: the header x goes on over a second line, which hides what is in it"},
	"no name of a header": {with("nonsense\n"), `line 5: "nonsense" is no header`},
	"tab after name":      {with("x\ty z\n"), `line 5: "x\ty z" is no header`},
	"author not UTF-8":    {strings.Replace(plain, "Alice", "Al\xefce", 1), "line 3: the author is not UTF-8"},
	"escape in a name":    {strings.Replace(plain, "Bob", "B\x1b[1mob", 1), "line 4: the committer has a control character"},
	"two addresses":       {strings.Replace(plain, "Alice Smith", "Alice <eve@x>", 1), "line 3: the author does not have one address in angle brackets"},
	"a lone >":            {strings.Replace(plain, "Alice Smith", "Alice> Smith", 1), "line 3: the author does not have one address in angle brackets"},
	"a lone <":            {strings.Replace(plain, "Alice Smith", "Alice< Smith", 1), "line 3: the author does not have one address in angle brackets"},
	"address after time":  {strings.Replace(plain, "+0200", "+0200 <eve@x>", 1), "line 3: the author does not have one address in angle brackets"},
	"brackets turned":     {strings.Replace(plain, "<alice@example.com>", ">alice@example.com<", 1), "line 3: the author is not written as: Name <email> seconds zone"},
	"name touches":        {strings.Replace(plain, "Smith <", "Smith<", 1), "line 3: the author is not written as: Name <email> seconds zone"},
	"time touches":        {strings.Replace(plain, "> 1787659200", ">1787659200", 1), "line 3: the author is not written as: Name <email> seconds zone"},
	"space in address":    {strings.Replace(plain, "alice@", "alice @", 1), "line 3: the author has a space in the address"},
	"no time":             {strings.Replace(plain, " 1787659200 +0200", "", 1), "line 3: the author is not written as: Name <email> seconds zone"},
	"negative time":       {strings.Replace(plain, "1787659200", "-1", 1), `line 3: the author has the time "-1", and not seconds since 1970`},
	"leading zero":        {strings.Replace(plain, "1787659200", "01787659200", 1), `line 3: the author has the time "01787659200", and not seconds since 1970`},
	"overflowing time":    {strings.Replace(plain, "1787659200", "18446744073709551616", 1), `line 3: the author has the time "18446744073709551616", and not seconds since 1970`},
	"odd zone":            {strings.Replace(plain, "+0200", "+051800", 1), `line 3: the author has the zone "+051800", and not one such as +0200`},
	"no zone":             {strings.Replace(plain, " +0200", "", 1), `line 3: the author has the zone "", and not one such as +0200`},
}

func TestAnAmbiguousCommitIsRefused(t *testing.T) {
	for name, test := range ambiguous {
		c, err := ParseCommit([]byte(test.text))
		var object ObjectError
		if !errors.As(err, &object) || c != nil || rule(t, err) != "AmbiguousObject" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := "the commit object, " + test.want + "; it was not written by git as it is, and readers could disagree about it: make the commit anew"
		if err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, want)
		}
	}
}

func TestACommitIsBounded(t *testing.T) {
	_, err := ParseCommit([]byte(plain + strings.Repeat("x", largestObject)))
	if err == nil || !strings.HasPrefix(err.Error(), "the commit object: it has 10488") {
		t.Error(err)
	}
}

func TestAParsedCommitDoesNotDependOnTheBytesItCameFrom(t *testing.T) {
	for _, text := range []string{plain, with(gpgsig)} {
		raw := []byte(text)
		c, err := ParseCommit(raw)
		if err != nil {
			t.Fatal(err)
		}
		clear(raw)
		if want := strings.Replace(text, gpgsig, "", 1); string(c.Payload()) != want {
			t.Errorf("%q", c.Payload())
		}
	}
}

func TestAnUnsignedCommitIsWellFormed(t *testing.T) {
	c, err := ParseCommit([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Verify(Keys{}, now)
	if !errors.Is(err, ErrUnsigned) || rule(t, err) != "Unsigned" ||
		err.Error() != "it is not signed; sign with git commit -S, and set commit.gpgSign so that it is not forgotten" {
		t.Error(err)
	}
}

func TestSignaturesOfOtherKindsAreRefused(t *testing.T) {
	for first, want := range map[string]string{
		"-----BEGIN SIGNED MESSAGE-----": "the signature is of the kind X.509, which is not supported; sign with SSH (git config gpg.format ssh) or OpenPGP",
		"-----BEGIN PGP MESSAGE-----":    "the signature cannot be read: it does not begin with -----BEGIN SSH SIGNATURE----- or -----BEGIN PGP SIGNATURE-----; sign again with ssh-keygen, git or gpg",
		"":                               "the signature cannot be read: it does not begin with -----BEGIN SSH SIGNATURE----- or -----BEGIN PGP SIGNATURE-----; sign again with ssh-keygen, git or gpg",
	} {
		c, err := ParseCommit([]byte(with("gpgsig " + first + "\n AAAA\n")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(Keys{}, now); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", first, err, want)
		}
	}
}

// signed signs a commit in SSH's format.
func signed(t testing.TB, seed byte, text string) []byte {
	t.Helper()
	armored := strings.TrimSuffix(string(sign(t, key(t, seed), GitNamespace, text)), "\n")
	return []byte(strings.Replace(text, "\n\n", "\ngpgsig "+strings.ReplaceAll(armored, "\n", "\n ")+"\n\n", 1))
}

func TestAGoodSignatureIsTiedToTheNamesInTheCommit(t *testing.T) {
	trusted := Keys{Signers: signers(t, "alice@example.com "+public(key(t, 1))+"\nbob@example.com "+public(key(t, 2))+
		"\nagent@example.com "+public(key(t, 3))+"\n*@example.com "+public(key(t, 4)))}
	for seed, want := range map[byte][2]bool{1: {true, false}, 2: {false, true}, 3: {false, false}, 4: {true, true}} {
		c, err := ParseCommit(signed(t, seed, plain))
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Verify(trusted, now)
		if err != nil || got.IsAuthor != want[0] || got.IsCommitter != want[1] {
			t.Errorf("key %d: author %t, committer %t, want %v (%v)", seed, got.IsAuthor, got.IsCommitter, want, err)
		}
	}
}

func TestAnEmptyAddressIsNobodys(t *testing.T) {
	text := strings.Replace(plain, "<alice@example.com>", "<>", 1)
	c, err := ParseCommit(signed(t, 1, text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Verify(Keys{Signers: signers(t, "* "+public(key(t, 1)))}, now)
	if err != nil || got.IsAuthor || !got.IsCommitter {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNoByteOfASignedCommitCanBeChanged(t *testing.T) {
	raw := signed(t, 1, plain)
	trusted := Keys{Signers: signers(t, "* "+public(key(t, 1)))}
	original, err := ParseCommit(raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, flip := range []byte{1, 0x20, 0x80} {
			changed := append([]byte(nil), raw...)
			changed[i] ^= flip
			c, err := ParseCommit(changed)
			if err != nil {
				continue
			}
			if _, err := c.Verify(trusted, now); err == nil && string(c.Payload()) != string(original.Payload()) {
				t.Errorf("byte %d may be %q in place of %q", i, changed[i], raw[i])
			}
		}
	}
}
