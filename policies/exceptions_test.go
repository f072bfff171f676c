package policies

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const exceptionText = `apiVersion: penstock.dev/v1alpha1
kind: PolicyException
metadata:
  name: launch
spec:
  units: [prod/llama, staging/*]
  policy: min-replicas
  reason: OPS-1234
  approver: grace@example.com
  expires: 2026-12-31T00:00:00+01:00
`

// launch is what exceptionText says.
func launch() Exception {
	return Exception{Name: "launch", Policy: "min-replicas", Units: []string{"prod/llama", "staging/*"}, Reason: "OPS-1234", Approver: "grace@example.com",
		Expires: time.Date(2026, 12, 30, 23, 0, 0, 0, time.UTC), File: "e/b.yaml", Line: 4}
}

func TestExceptionsAreReadInTheOrderOfTheirNames(t *testing.T) {
	other := strings.Replace(exceptionText, "name: launch", "name: first", 1)
	all, problems := LoadExceptions(fstest.MapFS{
		"e/b.yaml": {Data: []byte(exceptionText + "---\n" + other)}, "e/a.yml": {Data: []byte(strings.Replace(other, "first", "zero", 1))}, "e/README.md": {Data: []byte("no YAML: [")},
	}, "e")
	if len(problems) > 0 || len(all) != 3 {
		t.Fatal(all, problems)
	}
	if diff := cmp.Diff(launch(), all[1], cmpopts.IgnoreUnexported(Exception{})); diff != "" || all[0].Name != "first" || all[2].Name != "zero" {
		t.Errorf("%v\n%s", all, diff)
	}
	if all, problems = LoadExceptions(fstest.MapFS{}, "e"); len(all)+len(problems) > 0 {
		t.Errorf("a directory that is not there: %v, %v", all, problems)
	}
}

func TestBadExceptionsAreNone(t *testing.T) {
	withoutEnd := strings.Replace(exceptionText, "  expires: 2026-12-31T00:00:00+01:00\n", "", 1)
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"a name twice": {fstest.MapFS{"e/a.yaml": {Data: []byte(exceptionText)}, "e/b.yaml": {Data: []byte("\n" + exceptionText)}},
			"e/b.yaml:5: metadata.name: there is an exception named launch already, in e/a.yaml:4; rename one of them"},
		"one without an end beside a good one": {fstest.MapFS{"e/a.yaml": {Data: []byte(exceptionText)}, "e/b.yaml": {Data: []byte(strings.Replace(withoutEnd, "launch", "other", 1))}},
			"e/b.yaml:5: spec.expires: an exception has to end; say when, as in expires: 2026-12-31T00:00:00Z"},
		"no YAML":            {fstest.MapFS{"e/a.yaml": {Data: []byte("a: [")}}, "e/a.yaml:1: "},
		"what is not a file": {fstest.MapFS{"e/a.yaml/x": {}}, "e/a.yaml: the file cannot be read"},
	} {
		all, problems := LoadExceptions(test.files, "e")
		if all != nil || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), test.want) {
			t.Errorf("%s: got %v, %v", name, all, problems)
		}
	}
}

func TestExceptionsFromNoPolicyOrFromOneThatTakesNoneAreRefused(t *testing.T) {
	strict := "apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata: {name: signed}\nspec: {exceptions: Refuse, validations: [{expression: 'true'}]}\n"
	own, problems := Load(fstest.MapFS{"p/signed.yaml": {Data: []byte(strict)}}, "p")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sources := Sources{Own: own, Builtin: bundleOf(t, "gpu-quota", "soak-time")}
	for policy, want := range map[string]string{
		"gpu-quota": "",
		"signed":    "e/b.yaml:7: spec.policy: the policy signed takes no exceptions; delete it; in an emergency, a signed commit can override the policy",
		"soak-tim":  "e/b.yaml:7: spec.policy: there is no policy named soak-tim; did you mean soak-time?",
		"other":     "e/b.yaml:7: spec.policy: there is no policy named other; name one that penstock policy list shows",
	} {
		all, problems := LoadExceptions(fstest.MapFS{"e/b.yaml": {Data: []byte(strings.Replace(exceptionText, "min-replicas", policy, 1))}}, "e")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := sources.CheckExceptions(all).Error(); got != want && (want != "" || len(sources.CheckExceptions(all)) > 0) {
			t.Errorf("%s: got %s\nwant %s", policy, got, want)
		}
	}
}

func TestAnExceptionCoversItsUnitsAndPolicyAlone(t *testing.T) {
	for about, want := range map[[2]string]bool{
		{"prod/llama", "min-replicas"}: true, {"staging/llama", "min-replicas"}: true, {"staging/other", "min-replicas"}: true,
		{"prod/llama", "image-by-digest"}: false, {"prod/llama-2", "min-replicas"}: false, {"prod", "min-replicas"}: false,
		{"staging-2/llama", "min-replicas"}: false, {"dev/llama", "min-replicas"}: false,
	} {
		if got := launch().Covers(about[0], about[1]); got != want {
			t.Errorf("%v: got %t", about, got)
		}
	}
}

func TestAnExceptionIsInForceUntilTheInstantInWhichItEnds(t *testing.T) {
	e := launch()
	if !e.InForce(e.Expires.Add(-1)) || e.InForce(e.Expires) || e.InForce(e.Expires.Add(1)) {
		t.Error("it does not end when it ends")
	}
	if (Exception{}).InForce(time.Time{}) {
		t.Error("one without an end is in force")
	}
}
