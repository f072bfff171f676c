package trust

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrailersAreTheLastParagraph(t *testing.T) {
	for name, test := range map[string]struct {
		message string
		want    []Trailer
	}{
		"none":            {"Subject\n\nBody.\n", nil},
		"one":             {"Subject\n\nSigned-off-by: A <a@x>\n", []Trailer{{"Signed-off-by", "A <a@x>"}}},
		"not the subject": {"Reviewed-by: A\n", nil},
		"not earlier":     {"Subject\n\nReviewed-by: A\n\nBody.\n", nil},
		"not in a text":   {"Subject\n\nSee also\nReviewed-by: A\n", nil},
		"among text, with one of git's own": {"Subject\n\n[moved: b]\nReviewed-by: A\nSigned-off-by: B\n",
			[]Trailer{{"Reviewed-by", "A"}, {"Signed-off-by", "B"}}},
		"goes on":     {"Subject\n\nReason: one\n two\n\tthree\n", []Trailer{{"Reason", "one two three"}}},
		"twice":       {"Subject\n\nA: 1\nA: 2\n", []Trailer{{"A", "1"}, {"A", "2"}}},
		"odd spacing": {"Subject\n\nA : 1  \n\n\n", []Trailer{{"A", "1"}}},
		"no value":    {"Subject\n\nA:\n", []Trailer{{"A", ""}}},
		"not UTF-8":   {"Subject\n\nA: \xff\n", []Trailer{{"A", "\uFFFD"}}},
		"a URL is":    {"Subject\n\nhttps://example.com\n", []Trailer{{"https", "//example.com"}}},
		"empty":       {"", nil},
	} {
		if diff := cmp.Diff(test.want, parseTrailers([]byte(test.message))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTrailersAreThoseThatGitSees(t *testing.T) {
	tool(t, "git")
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 500 {
		message := "Subject\n" + someOf(r, "", "more\n", "A: b\n") + "\n"
		for range r.IntN(8) {
			message += someOf(r, "\n", " \n", "Text.\n", "Reviewed-by: A <a@x>\n", "B-c : d\n", " on\n", "\ton: it\n", "Signed-off-by: S\n",
				"(cherry picked from commit "+hashA+")\n", "x:y\n", "# comment: c\n", "a b: c\n", ": d\n", "E:\n", "Text: with spaces.  \n")
		}
		var got strings.Builder
		for _, trailer := range parseTrailers([]byte(message)) {
			got.WriteString(trailer.Key + ": " + trailer.Value + "\n")
			found++
		}
		want := run(t, dir, []byte(message), "git", "interpret-trailers", "--parse", "--no-divider")
		spaces := strings.NewReplacer("    ", " ", "   ", " ", "  ", " ") // how they are joined is no matter
		if diff := cmp.Diff(spaces.Replace(string(want)), spaces.Replace(got.String())); diff != "" {
			t.Errorf("%q: %s", message, diff)
		}
	}
	if found < 100 {
		t.Errorf("only %d trailers were tested", found)
	}
}

func TestSubjectAndBodyAreThoseThatGitShows(t *testing.T) {
	tool(t, "git")
	r := newRepository(t)
	for _, message := range []string{"One", "One\n\nTwo\n", "\n\nOne\ntwo  \n\n\nThree\n\nFour\n\n\n", "One\n \t\n  Two\n", "", "One\r\n\r\nTwo\r\n", "Łódź\n\n— x\n"} {
		raw := plain[:strings.Index(plain, "\n\n")+2] + message
		c, err := ParseCommit([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.TrimRight(r.git("show", "--no-patch", "--format=%s%x00%b", r.object(strings.Replace(raw, "parent "+hashB+"\n", "", 1))), "\n")
		if diff := cmp.Diff(shown, strings.TrimRight(c.Subject+"\x00"+c.Body, "\n")); diff != "" {
			t.Errorf("%q: %s", message, diff)
		}
	}
}
