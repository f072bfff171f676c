package library

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Document writes a page about the library as markdown: each policy with what it asks and why, its parameters, its rules,
// what it says, and how an environment switches it on; then the profiles. README.md of this package is that page.
func Document(w io.Writer) error {
	p := &page{}
	p.line("<!-- Generated from the files below built-in and profiles: go test ./policies/library -update -->")
	p.line("# The built-in policies\n")
	p.line("An environment switches policies on by name in its `environment.yaml`, or several by a [profile](#profiles). A parameter that it does not give has its default. What a policy says with `Deny` holds the change, what it says with `Warn` or `Audit` does not; `actions` of the environment count before the policy's own.\n")
	p.line("What is not known holds: a policy whose figure, scan, signature or rendered object is missing says what is missing.\n")
	suites := Suites()
	p.line("| Policy | What it asks |\n| --- | --- |")
	var all []described
	for _, policy := range Bundle().Policies() {
		about := describe(policy, suites)
		p.line("| [%s](#%s) | %s |", policy.Name, policy.Name, strings.Join(about.asks(), " "))
		all = append(all, about)
	}
	for _, about := range all {
		p.policy(about)
	}
	p.line("\n## Profiles\n")
	p.line("A profile is a start. An environment that names one in `spec.profile` can give its policies other parameters and actions, and add more, in `spec.policies`. Windows are an organisation's own: copy those below into `environment.yaml` and change them there.")
	for _, profile := range AllProfiles() {
		p.profile(profile)
	}
	if _, err := w.Write(p.Bytes()); err != nil {
		return fmt.Errorf("write the page about the built-in policies: %w", err)
	}
	return nil
}

// page is markdown that grows.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) policy(about described) {
	p.line("\n## %s\n", about.Name)
	p.line("%s\n", about.Text)
	if action := about.Actions[0]; action != "Deny" {
		p.line("What does not hold is answered with `%s`.\n", action)
	}
	if about.RefusesExceptions {
		p.line("There are no exceptions from it.\n")
	}
	for _, condition := range about.Conditions {
		p.line("Asked when `%s`.\n", condition)
	}
	p.line("Rules:\n")
	for i, rule := range about.asks() {
		p.line("%d. %s", i+1, rule)
	}
	p.params(about)
	p.line("\nand says, for example:\n")
	for _, message := range about.messages[:min(len(about.messages), examples)] {
		p.line("- %s", escaped(message))
	}
}

// params shows the parameters of a policy and how an environment gives them.
func (p *page) params(about described) {
	if len(about.Params) > 0 {
		p.line("\n| Parameter | Type | Default | Meaning |\n| --- | --- | --- | --- |")
	}
	for _, q := range about.Params {
		p.line("| `%s` | %s | `%s` | %s |", q.Name, q.Type, flow(q.Default), q.Comment)
	}
	p.line("\nIt is switched on as in\n\n```yaml\nspec:\n  policies:\n  - name: %s", about.Name)
	if len(about.Params) > 0 {
		p.line("    params:")
	}
	for _, q := range about.Params {
		p.line("      %s: %s", q.Name, flow(q.Default))
	}
	p.line("```")
}

// asks are the comments above the rules.
func (d described) asks() []string {
	texts := make([]string, len(d.Rules))
	for i, rule := range d.Rules {
		texts[i] = rule.Text
	}
	return texts
}

// examples is how many messages of a policy are shown.
const examples = 4

func (p *page) profile(profile Profile) {
	p.line("\n### %s\n\n%s\n\nFor %s.\n\n| Policy | With |\n| --- | --- |", profile.Name, strings.TrimSpace(profile.Description), profile.For)
	for _, selection := range profile.Policies {
		p.line("| [%s](#%s) | %s |", selection.Name, selection.Name, with(selection))
	}
	if len(profile.Windows) == 0 {
		return
	}
	p.line("\n```yaml\nspec:\n  profile: %s\n  windows:", profile.Name)
	for _, w := range profile.Windows {
		p.line("  - {name: %s, kind: %s, schedule: %q, duration: %s, timeZone: %s}", w.Name, w.Kind, w.Schedule, w.Duration, w.TimeZone)
	}
	p.line("```")
}

// with is what a profile changes of a policy.
func with(selection v1alpha1.PolicySelection) string {
	var all []string
	if selection.Params != nil {
		var params map[string]any
		if json.Unmarshal(selection.Params.Raw, &params) == nil {
			all = append(all, "`"+flow(params)+"`")
		}
	}
	if len(selection.Actions) > 0 {
		all = append(all, strings.Join(selection.Actions, ", "))
	}
	return strings.Join(all, " ")
}

// plainText needs no quotes in YAML, wherever it stands.
var plainText = regexp.MustCompile(`^[A-Za-z][\w./+-]*$`)

// flow writes a value as YAML on one line.
func flow(value any) string {
	var parts []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		for name, item := range v {
			parts = append(parts, name+": "+flow(item))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		if plainText.MatchString(v) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(v)) {
			return v
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(value)
}

// escaped keeps markdown from reading a message as its own.
func escaped(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(text)
}
