package audit_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/audit"
)

var update = flag.Bool("update", false, "write the goldens anew")

// text is what is written.
func text(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// answer is how one is written.
type answer struct {
	text, json, html func(io.Writer) error
}

func answerOf(value interface {
	WriteText(io.Writer) error
	WriteHTML(io.Writer) error
}) answer {
	return answer{value.WriteText, func(w io.Writer) error { return audit.WriteJSON(w, value) }, value.WriteHTML}
}

// The whole story, as each question tells it in each format.
func TestTheAnswersAreAsTheGoldens(t *testing.T) {
	w := tell(t)
	a, ctx := w.audit(), t.Context()
	one := func(value interface {
		WriteText(io.Writer) error
		WriteHTML(io.Writer) error
	}, err error) answer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answerOf(value)
	}
	logged := func(q audit.Query) answer {
		t.Helper()
		log, err := a.Log(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		bound := func(write func(context.Context, io.Writer) error) func(io.Writer) error {
			return func(w io.Writer) error { return write(ctx, w) }
		}
		return answer{bound(log.WriteText), bound(log.WriteJSON), bound(log.WriteHTML)}
	}
	v, err := a.Verify(ctx, audit.Git)
	verified := one(v, err)
	at, err := a.At(ctx, "prod", noon.Add(30*time.Hour), "the end of a day", false)
	moment := one(at, err)
	life, err := a.Release(ctx, releaseTwo(w), false)
	lived := one(life, err)
	again, err := a.ReplayAll(ctx, "prod", false)
	replayed := one(again, err)
	single, err := a.Replay(ctx, "prod", 1, false)
	for name, made := range map[string]answer{
		"verify": verified, "at": moment, "release": lived, "replay-all": replayed, "replay": one(single, err),
		"log": logged(audit.Query{}), "log-held": logged(audit.Query{Environment: "prod", Model: "echo", Since: noon.Add(time.Hour), Kinds: []kind{held, overridden}}),
	} {
		t.Run(name, func(t *testing.T) {
			for extension, write := range map[string]func(io.Writer) error{"txt": made.text, "json": made.json, "html": made.html} {
				golden(t, name+"."+extension, text(t, write))
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// textOf is a log as text.
func textOf(t testing.TB, log *audit.Log) string {
	t.Helper()
	return text(t, func(w io.Writer) error { return log.WriteText(t.Context(), w) })
}

// A page is kept for years, and printed: it loads nothing, runs nothing, and its tables and pictures can be read aloud.
func TestAPageNeedsNothingElseAndCanBeReadAloud(t *testing.T) {
	log, err := tell(t).audit().Log(t.Context(), audit.Query{})
	if err != nil {
		t.Fatal(err)
	}
	page := text(t, func(w io.Writer) error { return log.WriteHTML(t.Context(), w) })
	for _, bad := range []string{"<script", "<link", " src=", "url(", "@import", "<iframe", "<object", `href="http`, "onclick"} {
		if strings.Contains(page, bad) {
			t.Errorf("it has %q", bad)
		}
	}
	tables := strings.Count(page, "<table>")
	if tables < 4 || strings.Count(page, "<caption>") != tables || strings.Count(page, `<thead><tr><th scope="col">`) != tables {
		t.Errorf("%d tables, not all of them with a caption and headings", tables)
	}
	pictures := strings.Count(page, "<svg")
	if pictures != 2 || strings.Count(page, `role="img" aria-label="Timeline of`) != pictures || strings.Count(page, "<desc>") != pictures {
		t.Errorf("%d pictures, not all of them in words", pictures)
	}
	wantText(t, page, `<html lang="en">`, "@page { size: A4", "prefers-color-scheme: dark", "Content-Security-Policy", "note down", `<span class="tag warn">Overridden</span>`)
}
