package compare_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/compare"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

var update = flag.Bool("update", false, "write the golden files anew")

// committed is when the commits of the tests are made, one a day.
var committed = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// repository is a real one, with testdata/tree on main.
type repository struct {
	*gitserver.TestRepository
	testing.TB
	days int
}

func newRepository(t testing.TB) *repository {
	t.Helper()
	r := &repository{TestRepository: gitserver.ForTest(t), TB: t}
	r.commit(gitserver.Change{Message: "Serve our models", FS: os.DirFS("testdata/tree")})
	return r
}

func (r *repository) commit(c gitserver.Change) string {
	r.Helper()
	c.When = committed.AddDate(0, 0, r.days)
	r.days++
	return r.Commit(c)
}

// release gives llama in an environment a context length, which is a release by itself.
func (r *repository) release(environment, length string) {
	r.Helper()
	name := "environments/" + environment + "/llama/release.yaml"
	r.commit(gitserver.Change{Message: "Release", Files: map[string]string{
		name: strings.Replace(read(r, "environments/staging/llama/release.yaml"), "contextLength: 8192", "contextLength: "+length, 1),
	}})
}

// compare compares what is on main.
func (r *repository) compare(names ...string) *compare.Report {
	r.Helper()
	report, err := r.try(compare.Options{Environments: names})
	if err != nil {
		r.Fatal(err)
	}
	return report
}

func (r *repository) try(o compare.Options) (*compare.Report, error) {
	r.Helper()
	clone, err := source.OpenClone(r.Dir())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { clone.Close() })
	at, err := clone.Resolve("refs/heads/main")
	if err != nil {
		r.Fatal(err)
	}
	return compare.Run(r.Context(), render.New(), at, compare.Past{Commit: at.Commit().Hash, History: clone.History(), At: clone.At}, o)
}

// read is a file of the tree of the tests.
func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/tree", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func written(t testing.TB, format func(io.Writer, *compare.Report) error, r *compare.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := format(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not as it was (-update writes it anew):\n%s", name, diff)
	}
}

func TestGolden(t *testing.T) {
	r := newRepository(t)
	two, three := r.compare("dev", "prod"), r.compare("dev", "staging", "prod")
	golden(t, "two.txt", written(t, compare.WriteText, two))
	golden(t, "two.md", written(t, compare.WriteMarkdown, two))
	golden(t, "two.json", written(t, compare.WriteJSON, two))
	golden(t, "three.txt", written(t, compare.WriteText, three))
	golden(t, "three.md", written(t, compare.WriteMarkdown, three))
}

func TestNoSecretIsShownAndNoLineIsTooLong(t *testing.T) {
	r := newRepository(t)
	r.commit(gitserver.Change{Message: "Say more", Files: map[string]string{
		"environments/prod/llama/placement.yaml": read(t, "environments/prod/llama/placement.yaml") + "  scheduling:\n    nodeSelector: {" + strings.Repeat("very-long", 6) + ": " + strings.Repeat("x", 60) + "}\n",
	}})
	for _, report := range []*compare.Report{r.compare("dev", "prod"), r.compare("prod", "dev", "staging")} {
		for name, format := range map[string]func(io.Writer, *compare.Report) error{"text": compare.WriteText, "markdown": compare.WriteMarkdown, "json": compare.WriteJSON} {
			text := written(t, format, report)
			if strings.Contains(text, "sesame") {
				t.Errorf("%s shows a secret:\n%s", name, text)
			}
			for _, line := range strings.Split(text, "\n") {
				if name == "text" && len([]rune(line)) > 120 && !strings.Contains(line, " is broken: ") {
					t.Errorf("a line has %d characters: %s", len([]rune(line)), line)
				}
			}
		}
	}
}

func TestHowFarReleasesAreApart(t *testing.T) {
	for name, test := range map[string]struct {
		change func(r *repository)
		want   *compare.Apart
	}{
		"staging went ahead": {func(r *repository) {
			r.release("prod", "1024")
			r.release("staging", "1024")
			r.release("staging", "2048")
			r.release("staging", "4096")
		},
			&compare.Apart{Ahead: "staging", Steps: 2, Since: committed.AddDate(0, 0, 3)}},
		"prod got what staging had before": {func(r *repository) {
			r.release("staging", "1024")
			r.release("staging", "2048")
			r.release("prod", "1024")
		},
			&compare.Apart{Ahead: "staging", Steps: 1, Since: committed.AddDate(0, 0, 2)}},
		"prod went ahead": {func(r *repository) {
			r.release("staging", "1024")
			r.release("prod", "1024")
			r.release("prod", "2048")
		},
			&compare.Apart{Ahead: "prod", Steps: 1, Since: committed.AddDate(0, 0, 3)}},
		"both went their way": {func(r *repository) {
			r.release("staging", "1024")
			r.release("prod", "1024")
			r.release("prod", "2048")
			r.release("staging", "4096")
		},
			&compare.Apart{Steps: 2, Since: committed.AddDate(0, 0, 3)}},
		"never the same": {func(r *repository) { r.release("staging", "1024") }, &compare.Apart{Steps: 2, Since: committed}},
		"the same":       {func(r *repository) { r.release("staging", "1024"); r.release("prod", "1024") }, nil},
		"by merges": {func(r *repository) {
			r.release("prod", "1024")
			r.release("staging", "1024")
			main, _ := r.Head("main")
			r.commit(gitserver.Change{Branch: "side", Onto: main, Message: "Try", Files: map[string]string{"environments/staging/llama/release.yaml": strings.Replace(read(r, "environments/staging/llama/release.yaml"), "8192", "2048", 1)}})
			side := r.commit(gitserver.Change{Branch: "side", Message: "Try again", Files: map[string]string{"environments/staging/llama/release.yaml": strings.Replace(read(r, "environments/staging/llama/release.yaml"), "8192", "4096", 1)}})
			r.commit(gitserver.Change{Message: "Merge", Merge: []string{side}, Files: map[string]string{"environments/staging/llama/release.yaml": strings.Replace(read(r, "environments/staging/llama/release.yaml"), "8192", "4096", 1)}})
		}, &compare.Apart{Ahead: "staging", Steps: 1, Since: committed.AddDate(0, 0, 5)}},
	} {
		r := newRepository(t)
		// prod has a tree of its own beside its release, which has nothing to do with it
		r.commit(gitserver.Change{Message: "Something else", Files: map[string]string{"environments/prod/llama/placement.yaml": "# scaled\n" + read(t, "environments/prod/llama/placement.yaml")}})
		r.days = 1
		test.change(r)
		for _, m := range r.compare("staging", "prod").Models {
			if m.Name != "llama" {
				continue
			}
			if diff := cmp.Diff(test.want, m.Apart); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestWithoutHistoryItIsNotSaidHowFarReleasesAreApart(t *testing.T) {
	r := newRepository(t)
	r.release("staging", "1024")
	clone, err := source.OpenClone(r.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer clone.Close()
	at, err := clone.Resolve("refs/heads/main")
	if err != nil {
		t.Fatal(err)
	}
	report, err := compare.Run(t.Context(), render.New(), at, compare.Past{}, compare.Options{Environments: []string{"staging", "prod"}, Model: "llama"})
	if err != nil || len(report.Models) != 1 || report.Models[0].Apart != nil || !strings.Contains(written(t, compare.WriteText, report), "another release") {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	r := newRepository(t)
	for want, o := range map[string]compare.Options{
		"name two environments at least, as in dev prod":        {Environments: []string{"dev"}},
		`there is no environment "prd"; did you mean prod?`:     {Environments: []string{"dev", "prd"}},
		"the environment dev is named twice":                    {Environments: []string{"dev", "environments/dev"}},
		"dev/llama is not an environment":                       {Environments: []string{"dev/llama", "prod"}},
		`there is no model "dev/lama"; did you mean dev/llama?`: {Environments: []string{"dev", "prod"}, Model: "lama"},
	} {
		if _, err := r.try(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestOneModelAlone(t *testing.T) {
	r := newRepository(t)
	report, err := r.try(compare.Options{Environments: []string{"dev", "prod"}, Model: "whole"})
	if err != nil || len(report.Models) != 1 || !report.Models[0].In[0].Missing || report.Models[0].In[1].Missing {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestNothingDiffersWhereNothingDoes(t *testing.T) {
	r := newRepository(t)
	for _, m := range r.compare("staging", "prod").Models {
		if differs := m.Name == "llama" || m.Name == "broken" || m.Name == "whole"; m.Differs() != differs {
			t.Errorf("%s: %v, %+v", m.Name, m.Differs(), m)
		}
	}
	report, err := r.try(compare.Options{Environments: []string{"staging", "prod"}, Model: "same"})
	if err != nil {
		t.Fatal(err)
	}
	report.Settings = nil
	if report.Differs() || report.Summary() != "1 model, and nothing differs" {
		t.Errorf("%v, %s", report.Differs(), report.Summary())
	}
}

func TestBrokenPoliciesAreSaidAndTheRestIsCompared(t *testing.T) {
	r := newRepository(t)
	r.commit(gitserver.Change{Message: "Break", Files: map[string]string{"policies/bad.yaml": "kind: Policy\n"}})
	report := r.compare("dev", "prod")
	if len(report.Notes) != 1 || !strings.HasPrefix(report.Notes[0], "the policies are broken, and are not compared: policies/bad.yaml:1") || len(report.Models) < 3 {
		t.Errorf("%q, %d models", report.Notes, len(report.Models))
	}
}

func TestJSONIsReadBackAsItWasWritten(t *testing.T) {
	report := newRepository(t).compare("dev", "prod")
	var again compare.Report
	if err := json.Unmarshal([]byte(written(t, compare.WriteJSON, report)), &again); err != nil {
		t.Fatal(err)
	}
	if got, want := written(t, compare.WriteJSON, &again), written(t, compare.WriteJSON, report); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func BenchmarkCompare(b *testing.B) {
	r := newRepository(b)
	clone, err := source.OpenClone(r.Dir())
	if err != nil {
		b.Fatal(err)
	}
	defer clone.Close()
	at, err := clone.Resolve("refs/heads/main")
	if err != nil {
		b.Fatal(err)
	}
	renderer := render.New()
	for b.Loop() {
		if _, err := compare.Run(b.Context(), renderer, at, compare.Past{Commit: at.Commit().Hash, History: clone.History(), At: clone.At}, compare.Options{Environments: []string{"dev", "prod"}}); err != nil {
			b.Fatal(err)
		}
	}
}
