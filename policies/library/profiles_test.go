package library

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/window"
)

// selected are the policies of an environment with fields of its spec, each indented by two.
func selected(t *testing.T, fields string) []policies.Selection {
	t.Helper()
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  namespace: models-prod\n" + fields
	tree, err := environments.Load(fstest.MapFS{"environments/prod/environment.yaml": {Data: []byte(text)}}, "environments")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatal(fields, err, tree.Problems())
	}
	all, problems := policies.Sources{Builtin: Bundle(), Profiles: Profiles()}.For(tree.Environments[0])
	if len(problems) > 0 {
		t.Fatal(fields, problems)
	}
	return all
}

func TestAnEnvironmentCanHaveEachProfile(t *testing.T) {
	for name, named := range Profiles() {
		got := selected(t, "  profile: "+name+"\n")
		if len(got) != len(named) {
			t.Errorf("%s: %d policies are named and %d switched on: one is named twice", name, len(named), len(got))
		}
	}
}

// TestProfilesHoldWhatTheyAreFor takes what is right for prod, and changes it in the way that a profile is about.
func TestProfilesHoldWhatTheyAreFor(t *testing.T) {
	changes := map[string]func(*policies.Input){
		"nothing":          func(*policies.Input) {},
		"one approval":     func(i *policies.Input) { i.Approvals = i.Approvals[:1] },
		"no approval":      func(i *policies.Input) { i.Approvals = nil },
		"frozen":           func(i *policies.Input) { i.Windows.Open = false },
		"frozen, rollback": func(i *policies.Input) { i.Windows.Open = false; i.Change.Kind = policies.ChangeRollback },
		"tight":            func(i *policies.Input) { i.GPU.Fit = "tight" },
	}
	for about, want := range map[string]string{
		"standard: nothing":          "",
		"standard: one approval":     "",
		"standard: no approval":      "approvals",
		"standard: frozen":           "change-window",
		"standard: frozen, rollback": "",
		"standard: tight":            "gpu-headroom",
		"finance: nothing":           "allowed-licenses",
		"finance: one approval":      "allowed-licenses approvals",
		"finance: no approval":       "allowed-licenses approvals separation-of-duties",
		"finance: frozen, rollback":  "allowed-licenses change-window",
		"finance: tight":             "allowed-licenses gpu-fit",
		"healthcare: nothing":        "allowed-licenses allowed-sources data-residency",
		"healthcare: frozen":         "allowed-licenses allowed-sources change-window data-residency",
		"retail: nothing":            "disruption-budget min-replicas min-replicas",
		"retail: frozen, rollback":   "disruption-budget min-replicas min-replicas",
		"retail: frozen":             "change-window disruption-budget min-replicas min-replicas",
	} {
		profile, change, _ := strings.Cut(about, ": ")
		input := inputOf(t, realistic(t))
		model := input.Descriptor["spec"].(map[string]any)["release"].(map[string]any)["model"].(map[string]any)
		model["license"], input.Model.License = "llama3.3", "llama3.3"
		for _, o := range input.Objects {
			if o["kind"] == "Deployment" {
				delete(o["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any), "nodeSelector")
			}
		}
		changes[change](input)
		var found []string
		for _, f := range decide(t, selected(t, "  profile: "+profile+"\n"), input).Findings {
			found = append(found, f.Policy)
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%s: held by %s, expected %s", about, got, want)
		}
	}
}

func TestTheWindowsThatProfilesSuggestCanBeUsed(t *testing.T) {
	for _, profile := range AllProfiles() {
		var specs []window.Spec
		for _, w := range profile.Windows {
			specs = append(specs, window.Spec{Kind: window.Kind(w.Kind), Name: w.Name, Schedule: w.Schedule, Duration: w.Duration, TimeZone: w.TimeZone})
		}
		if _, problems := window.ParseAll("windows", specs); len(problems) > 0 {
			t.Errorf("%s: %v", profile.Name, problems)
		}
		switchesOn := slices.ContainsFunc(profile.Policies, func(s v1alpha1.PolicySelection) bool { return s.Name == "change-window" })
		if len(specs) > 0 && !switchesOn {
			t.Errorf("%s suggests windows, and nothing asks for them", profile.Name)
		}
	}
}

// TestWhatThePageShowsCanBeCopied reads each of its examples as a part of environment.yaml.
func TestWhatThePageShowsCanBeCopied(t *testing.T) {
	var page bytes.Buffer
	if err := Document(&page); err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\nspec:\n(.*?)```").FindAllStringSubmatch(page.String(), -1)
	if len(examples) < len(Bundle().Policies()) {
		t.Fatalf("found %d examples", len(examples))
	}
	for _, example := range examples {
		if got := selected(t, example[1]); len(got) == 0 {
			t.Errorf("nothing is switched on by %s", example[1])
		}
	}
}

func TestBadProfiles(t *testing.T) {
	const head = "apiVersion: penstock.dev/v1alpha1\nkind: PolicyProfile\nmetadata: {name: p}\n"
	for text, want := range map[string]string{
		"kind: Policy\n": `profiles/p.yaml:1: kind: expected a PolicyProfile; write apiVersion: penstock.dev/v1alpha1 and kind: PolicyProfile`,
		"apiVersion: penstock.dev/v1alpha1\nkind: PolicyProfile\nmetadata: {name: q}\n":                `profiles/p.yaml:3: metadata.name: expected p, found "q"; name it as its file: p`,
		head + "spec: {description: d, for: f}\n":                                                      `profiles/p.yaml:4: spec: a profile says what it is for, and switches on at least one policy; write description, for and policies`,
		head + "spec: {description: d, for: f, policys: []}\n":                                         `profiles/p.yaml:4: spec: unknown field "policys"; compare it with the other profiles`,
		head + "spec: {description: d, for: f, policies: [{name: gpu-fit, parms: {}}]}\n":              `profiles/p.yaml:4: spec: unknown field "parms"; compare it with the other profiles`,
		head + "spec: {description: d, for: f, policies: [gpu-fit]}\n":                                 `profiles/p.yaml:4: spec: cannot unmarshal string into Go struct field Profile.policies of type v1alpha1.PolicySelection; compare it with the other profiles`,
		head + "spec: {description: d, for: f, policies: [{name: a}], windows: [{cron: 0 0 * * *}]}\n": `profiles/p.yaml:4: spec: unknown field "cron"; compare it with the other profiles`,
		head + "spec: {description: d, description: e}\n":                                              `profiles/p.yaml:4: `,
	} {
		_, problems := readProfiles(fstest.MapFS{"profiles/p.yaml": {Data: []byte(text)}}, "profiles")
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), want) {
			t.Errorf("%s: got %v\nwant %s", text, problems, want)
		}
	}
}
