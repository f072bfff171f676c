package demo

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNarratorKeepsToItsColumns(t *testing.T) {
	var out bytes.Buffer
	n := newNarrator(&out)
	n.say("%s", strings.Repeat("A sentence that goes on. ", 20))
	n.proven("%s", strings.Repeat("Another one. ", 20))
	n.shell("kubectl "+strings.Repeat("get pods ", 20), "NAME   \nllama  \n\n")
	for line := range strings.Lines(out.String()) {
		if len([]rune(line)) > columns || strings.HasSuffix(line, " \n") {
			t.Errorf("a line is too long, or ends in space: %q", line)
		}
	}
	if !strings.HasSuffix(out.String(), "\n  NAME\n  llama\n") {
		t.Errorf("the table is not as it was: %q", out.String())
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"one":                    "one",
		"one two three":          "one two|three",
		"a incomprehensible b":   "a|incomprehensible|b",
		"one\ntwo":               "one|two",
		"größe größe":            "größe|größe",
		"  spaces   are  single": "spaces|are|single",
	} {
		if got := strings.Join(wrap(text, 8), "|"); got != want {
			t.Errorf("wrap(%q) is %q, not %q", text, got, want)
		}
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	terminal, err := os.Open(os.DevNull) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	nothing := func(string) string { return "" }
	only := func(name, value string) func(string) string {
		return func(asked string) string { return map[string]string{name: value}[asked] }
	}
	for name, got := range map[string]bool{
		"a buffer":             wantsColour(&bytes.Buffer{}, nothing),
		"a file":               wantsColour(file, nothing),
		"NO_COLOR":             wantsColour(terminal, only("NO_COLOR", "1")),
		"a dumb terminal":      wantsColour(terminal, only("TERM", "dumb")),
		"no terminal, somehow": !wantsColour(terminal, nothing),
	} {
		if got {
			t.Errorf("%s is wrong", name)
		}
	}
	if got := (&narrator{colour: true}).paint(red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("red is %q", got)
	}
}

func TestWaitLooksUntilItHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		err := wait(t.Context(), time.Minute, "three looks", func(context.Context) (bool, string, error) {
			looks++
			if looks == 2 {
				return true, "", errors.New("a passing error")
			}
			return looks == 3, "", nil
		})
		if err != nil || looks != 3 {
			t.Errorf("%d looks, %v", looks, err)
		}
	})
}

func TestWaitSaysWhatItWaitedFor(t *testing.T) {
	never := func(context.Context) (bool, string, error) { return false, "two of three", nil }
	fails := func(context.Context) (bool, string, error) { return false, "", errors.New("no route") }
	synctest.Test(t, func(t *testing.T) {
		for name, want := range map[string]string{
			"never": "waited 1m0s for rain; last seen: two of three",
			"fails": "waited 1m0s for rain; last seen: no route",
		} {
			err := wait(t.Context(), time.Minute, "rain", map[string]look{"never": never, "fails": fails}[name])
			if err == nil || err.Error() != want {
				t.Errorf("the error is %v, not %q", err, want)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errInterrupted)
		if err := wait(ctx, time.Minute, "rain", never); !errors.Is(err, errInterrupted) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestChangedLines(t *testing.T) {
	diff := `diff --git a/x/a.yaml b/x/a.yaml
index 1..2 100644
--- a/x/a.yaml
+++ b/x/a.yaml
@@ -3 +3 @@ spec:
-    min: 1
+    min: 2
diff --git a/b.yaml b/b.yaml
--- a/b.yaml
+++ b/b.yaml
@@ -1 +1,2 @@
+new`
	want := "x/a.yaml\n-    min: 1\n+    min: 2\nb.yaml\n+new"
	if got := changedLines(diff); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestTyped(t *testing.T) {
	got := typed([]string{"kubectl", "get", "pods", "-o", "jsonpath={.items}", "--as", "system:serviceaccount:a:b"})
	if want := "kubectl get pods -o 'jsonpath={.items}' --as system:serviceaccount:a:b"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
