package library

import (
	"bytes"
	"flag"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/policies"
)

var update = flag.Bool("update", false, "write README.md anew")

// TestEverythingThatIsEmbeddedLoads: Bundle, Suites and Profiles panic otherwise.
func TestEverythingThatIsEmbeddedLoads(t *testing.T) {
	if _, problems := policies.Load(files, Directory); len(problems) > 0 {
		t.Error(problems)
	}
	if _, problems := policies.LoadSuites(files, Directory); len(problems) > 0 {
		t.Error(problems)
	}
	if _, problems := readProfiles(files, "profiles"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestEveryPolicyIsInAFileOfItsNameAndHasASuite(t *testing.T) {
	suites := Suites()
	for _, policy := range Bundle().Policies() {
		if want := path.Join(Directory, policy.Name+".yaml"); policy.File != want {
			t.Errorf("%s is in %s, expected %s", policy.Name, policy.File, want)
		}
		has := slices.ContainsFunc(suites, func(s *policies.Suite) bool {
			return s.Policy == policy.Name && s.File == path.Join(Directory, policy.Name+"_test.yaml")
		})
		if !has {
			t.Errorf("%s has no suite", policy.Name)
		}
	}
	if len(suites) != len(Bundle().Policies()) {
		t.Errorf("there are %d suites for %d policies", len(suites), len(Bundle().Policies()))
	}
}

func TestEverySuitePassesAndCoversEachRule(t *testing.T) {
	for _, suite := range Suites() {
		policy, ok := Find(suite.Policy)
		if !ok {
			t.Errorf("%s: there is no policy %s", suite.File, suite.Policy)
			continue
		}
		failures, coverage, err := policies.RunSuite(t.Context(), suite, policy)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range failures {
			t.Errorf("%s:%d: %s: %s", f.File, f.Line, f.Case, f.Message)
		}
		if !coverage.Complete() || len(suite.Cases) < 4 {
			t.Errorf("%s: %d cases, %+v", suite.File, len(suite.Cases), coverage)
		}
	}
}

// mends matches the part of a message that tells what to do.
var mends = regexp.MustCompile(`(?:^|[:;] |, or |, and )(add|agree on|ask|bind|change some|choose|copy|correct|create|decide|evaluate|give|have|keep|leave|list|lower|mend|mirror|move|name|raise|release|say|scan|see|set|shorten|sign|split|take|wait|write|bring) `)

func TestEveryMessageTellsWhatToDo(t *testing.T) {
	for _, suite := range Suites() {
		for _, c := range suite.Cases {
			if (c.Verdict == policies.Admit) != (len(c.Messages) == 0) {
				t.Errorf("%s:%d: %s with %d messages", suite.File, c.Line, c.Verdict, len(c.Messages))
			}
			for _, message := range c.Messages {
				if !mends.MatchString(message) {
					t.Errorf("%s:%d: it does not tell what to do: %s", suite.File, c.Line, message)
				}
				if strings.Contains(message, "cannot be evaluated") || strings.Contains(message, "the rule does not hold") {
					t.Errorf("%s:%d: it does not tell what is wrong: %s", suite.File, c.Line, message)
				}
			}
		}
	}
}

func TestEveryPolicyParameterAndRuleIsExplained(t *testing.T) {
	suites := Suites()
	for _, policy := range Bundle().Policies() {
		about := describe(policy, suites)
		if len(about.Text) < 80 || len(about.messages) == 0 {
			t.Errorf("%s: %q, %d messages", about.Name, about.Text, len(about.messages))
		}
		for _, p := range about.Params {
			if !strings.HasSuffix(p.Comment, ".") {
				t.Errorf("%s: the parameter %s is explained as %q", about.Name, p.Name, p.Comment)
			}
		}
		for i, rule := range about.asks() {
			if !about.Rules[i].Commented || !strings.HasSuffix(rule, ".") || strings.Contains(strings.TrimSuffix(rule, "."), ". ") {
				t.Errorf("%s: rule %d is explained as %q, expected one sentence", about.Name, i, rule)
			}
		}
	}
}

func TestAPolicyIsFoundByItsName(t *testing.T) {
	if p, ok := Find("gpu-quota"); !ok || p.Name != "gpu-quota" {
		t.Errorf("got %v, %v", p, ok)
	}
	if p, ok := Find("gpu-quotas"); ok || p != nil {
		t.Errorf("got %v, %v", p, ok)
	}
}

func TestThePageIsCurrent(t *testing.T) {
	var got bytes.Buffer
	if err := Document(&got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("README.md", got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("run go test ./policies/library -update\n%s", diff)
	}
}

// TestWhatProvesWhoDidItTakesNoExceptions: else an exception would be the way around the four eyes that agree to it.
func TestWhatProvesWhoDidItTakesNoExceptions(t *testing.T) {
	var refusing []string
	for _, policy := range Bundle().Policies() {
		if policy.RefusesExceptions() {
			refusing = append(refusing, policy.Name)
		}
	}
	if diff := cmp.Diff([]string{"approvals", "rollback-approval", "separation-of-duties", "signed-by-author"}, refusing); diff != "" {
		t.Error(diff)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestAPageThatCannotBeWrittenIsAnError(t *testing.T) {
	if err := Document(failingWriter{}); err == nil || !strings.Contains(err.Error(), "write the page") {
		t.Errorf("got %v", err)
	}
}
