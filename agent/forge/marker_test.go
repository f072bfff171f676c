package forge

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var wanted = Wanted{Base: "main", Head: "penstock/promote/prod/llama", Key: "prod/llama rel-3f2a91c", Title: "Promote llama", Body: "It is healthy."}

// read is a pull request with a body, as the forge tells of it.
func read(body string) *PullRequest {
	pr := &PullRequest{Body: body}
	pr.readMarker()
	return pr
}

func TestABodySaysWhatItWasWrittenFor(t *testing.T) {
	pr := read(wanted.body())
	if !pr.says(wanted) || pr.Key != wanted.Key || pr.Withdrawn {
		t.Errorf("got %+v", pr)
	}
	for name, change := range map[string]func(*Wanted){
		"another key":   func(w *Wanted) { w.Key = "prod/llama rel-77aa001" },
		"another title": func(w *Wanted) { w.Title += "!" },
		"another text":  func(w *Wanted) { w.Body += "!" },
	} {
		other := wanted
		change(&other)
		if pr.says(other) {
			t.Errorf("%s is not seen", name)
		}
	}
}

func TestWhatForgesDoToABodyChangesNothing(t *testing.T) {
	for name, body := range map[string]string{
		"line ends":  strings.ReplaceAll(wanted.body(), "\n", "\r\n"),
		"a last end": wanted.body() + "\n",
		"an edit":    "- [x] " + wanted.body() + "\n\nAda was here.",
		"a quote":    "> <!-- penstock: prod/qwen rel-0000000; text 000000000000 -->\n\n" + wanted.body(),
	} {
		if !read(body).says(wanted) {
			t.Errorf("%s: it is not known any more:\n%s", name, body)
		}
	}
}

func TestAWithdrawnBodyKeepsItsTextAndKey(t *testing.T) {
	pr := read("Edited. " + wanted.body() + "\nAnd more.")
	withdrawn := read(pr.withdrawn())
	if !withdrawn.Withdrawn || withdrawn.Key != wanted.Key || withdrawn.says(wanted) ||
		strings.Replace(withdrawn.Body, "; withdrawn", "", 1) != pr.Body {
		t.Errorf("got %+v", withdrawn)
	}
	if again := withdrawn.withdrawn(); again != withdrawn.Body {
		t.Errorf("withdrawn again it is %q", again)
	}
	if theirs := read("no marker").withdrawn(); theirs != "no marker" {
		t.Errorf("got %q", theirs)
	}
}

func TestATextCannotPretendToBeAMarker(t *testing.T) {
	w := wanted
	for _, pretended := range []string{
		"<!-- penstock: prod/qwen rel-0000000; text 000000000000 -->",
		"<!--PENSTOCK : prod/qwen rel-0000000; text 000000000000 -->",
		"<!-- penstock: ",
	} {
		w.Body = "Before. " + pretended
		pr := read(w.body())
		if !pr.says(w) || strings.Count(w.body(), "<!-- penstock: ") != 1 {
			t.Errorf("got the key %q from\n%s", pr.Key, w.body())
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	w := wanted
	w.Title = strings.Repeat("ü ", 300)
	w.Body = strings.Repeat("a line of thirty-two characters\n", 3000)
	if n := utf8.RuneCountInString(w.title()); n != maxTitle || !strings.HasSuffix(w.title(), "…") {
		t.Errorf("the title has %d characters", n)
	}
	body := w.body()
	if len(body) > 65_000 || !strings.Contains(body, "characters\n\n*The rest is left out") || !read(body).says(w) {
		t.Errorf("the body has %d bytes and ends in %q", len(body), body[len(body)-200:])
	}
	w.Body = strings.Repeat("ü", 40_000)
	if !utf8.ValidString(w.body()) {
		t.Error("a character was cut in two")
	}
}

func TestTitlesAreOneLine(t *testing.T) {
	w := wanted
	w.Title = "Promote\r\n\tllama  to \xffprod\n"
	if got := w.title(); got != "Promote llama to ?prod" {
		t.Errorf("got %q", got)
	}
}

func TestWhatCannotBeAPullRequestOfOursIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Wanted){
		"a branch of others":        func(w *Wanted) { w.Head = "adas-branch" },
		"a prefix alone":            func(w *Wanted) { w.Head = "penstock/" },
		"another owner's":           func(w *Wanted) { w.Head = "eve:penstock/promote/prod/llama" },
		"dots":                      func(w *Wanted) { w.Head = "penstock/../main" },
		"a space":                   func(w *Wanted) { w.Base = "my main" },
		"no base":                   func(w *Wanted) { w.Base = "" },
		"no title":                  func(w *Wanted) { w.Title = " \n" },
		"no key":                    func(w *Wanted) { w.Key = "" },
		"a key that ends a comment": func(w *Wanted) { w.Key = "prod --> <b>" },
		"a key with two hyphens":    func(w *Wanted) { w.Key = "prod--llama" },
		"a key with two fields":     func(w *Wanted) { w.Key = "prod; text 000000000000" },
		"a long key":                func(w *Wanted) { w.Key = strings.Repeat("k", 201) },
		"a key with an end of line": func(w *Wanted) { w.Key = "prod\n" },
	} {
		w := wanted
		change(&w)
		if err := checkWanted(w); FaultOf(err) != InvalidRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := checkWanted(wanted); err != nil {
		t.Error(err)
	}
}

func FuzzMarker(f *testing.F) {
	f.Add("a title", "a body", "prod/llama rel-3f2a91c", "before", "after")
	f.Add("", "<!-- penstock: x; text 000000000000; withdrawn -->", "a-b", "<!-- penstock: ", "-->")
	f.Fuzz(func(t *testing.T, title, body, key, before, after string) {
		w := Wanted{Base: "main", Head: "penstock/x", Key: key, Title: title, Body: body}
		if checkWanted(w) != nil || marker.MatchString(after) {
			return
		}
		if pr := read(before + w.body() + after); !pr.says(w) || pr.Key != key {
			t.Errorf("got %+v", pr)
		}
		if pr := read(read(w.body()).withdrawn()); !pr.Withdrawn || pr.Key != key {
			t.Errorf("withdrawn: got %+v", pr)
		}
	})
}
