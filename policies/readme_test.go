package policies

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
)

// What the guide shows works as it is shown.
func TestTheGuideIsRight(t *testing.T) {
	guide, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, kinds := fstest.MapFS{}, map[string]int{}
	for _, block := range strings.Split(string(guide), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		for kind, name := range map[string]string{
			"Policy": "policies/prod-team.yaml", "PolicyTest": "policies/prod-team_test.yaml", "Trust": "trust.yaml", "PolicyException": "policies/exceptions/launch-week.yaml",
		} {
			if strings.Contains(text, "\nkind: "+kind+"\n") {
				files[name] = &fstest.MapFile{Data: []byte(text)}
				kinds[kind]++
			}
		}
	}
	if len(kinds) != 4 {
		t.Fatalf("it shows %v", kinds)
	}
	bundle, problems := Load(files, "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	suites, problems := LoadSuites(files, "policies")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	failures, coverage, err := RunSuite(t.Context(), suites[0], bundle.Policies()[0])
	if err != nil || len(failures) > 0 || !coverage.Complete() {
		t.Errorf("%v, %v, %+v", err, failures, coverage)
	}
	if _, problems := LoadExceptions(files, "policies/exceptions"); len(problems) > 0 {
		t.Error(problems)
	}
	file, problems := document.Parse("trust.yaml", files["trust.yaml"].Data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, problems := environments.DecodeTrust(file, file.Documents[0]); len(problems) > 0 {
		t.Error(problems)
	}
}
