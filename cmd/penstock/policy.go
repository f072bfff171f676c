package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/library"
)

func newPolicyCommand(streams genericiooptions.IOStreams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "List, test and export policies",
		GroupID: groupEngineer,
		Long: `Work with the policies of the repository, which are files in policies/, and with the built-in ones, which an environment
switches on by name in its environment.yaml.`,
		Example: `  penstock policy list
  penstock policy test`,
	}
	cmd.AddCommand(newPolicyListCommand(streams), newPolicyTestCommand(streams), newPolicyExportCommand(streams))
	return cmd
}

// addPoliciesFlag adds the flag that says where the repository's own policies are.
func addPoliciesFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "policies", gate.Layout{}.WithDefaults().Policies, "directory of the policies, below the current one")
}

// loadPolicies reads the repository's own policies.
func loadPolicies(dir string) (*policies.Bundle, error) {
	own, problems := policies.Load(os.DirFS("."), dir)
	if len(problems) > 0 {
		return nil, &invalidError{problems: problems}
	}
	return own, nil
}

func newPolicyListCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "list [NAME]",
		Short: "Show the policies that there are, and their parameters",
		Long: `Show the repository's own policies and the built-in ones, what each asks and which parameters it has, with their defaults.
With a name, all about one. An environment chooses with spec.policies and spec.profile in its environment.yaml.`,
		Example: `  penstock policy list
  penstock policy list gpu-quota`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			own, err := loadPolicies(dir)
			if err != nil {
				return err
			}
			all := slices.Concat(own.Policies(), library.Bundle().Policies())
			if len(args) == 1 {
				return showPolicy(check.Printable(streams.Out), all, args[0])
			}
			return listPolicies(check.Printable(streams.Out), all, library.AllProfiles())
		},
	}
	addPoliciesFlag(cmd, &dir)
	return cmd
}

func listPolicies(out io.Writer, all []*policies.Policy, profiles []library.Profile) error {
	w := tabwriter.NewWriter(out, 0, 8, 3, ' ', 0)
	fmt.Fprintln(w, "NAME\tFROM\tPARAMETERS\tSAYS")
	for _, p := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, p.File, paramsText(p.Params), firstSentence(p.Description))
	}
	fmt.Fprintln(w, "\nPROFILE\tPOLICIES\t\t")
	for _, profile := range profiles {
		names := make([]string, len(profile.Policies))
		for i, s := range profile.Policies {
			names[i] = s.Name
		}
		fmt.Fprintf(w, "%s\t%s\t\t\n", profile.Name, strings.Join(names, " "))
	}
	return w.Flush()
}

func showPolicy(out io.Writer, all []*policies.Policy, name string) error {
	p, unknown := findPolicy(all, name)
	if p == nil {
		return &negativeError{unknown}
	}
	about := p.Describe()
	fmt.Fprintf(out, "%s (%s)\n\n%s\n", about.Name, about.File, strings.TrimSpace(about.Text))
	for i, rule := range about.Rules {
		fmt.Fprintf(out, "%s%d. %s\n", map[bool]string{true: "\nIt asks:\n\n"}[i == 0], i+1, rule.Text)
	}
	if len(about.Params) > 0 {
		fmt.Fprintln(out, "\nParameters and their defaults:")
	}
	for _, param := range about.Params {
		value, err := json.Marshal(param.Default)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s: %s (%s)\n", param.Name, value, param.Type)
		if param.Comment != "" {
			fmt.Fprintf(out, "  %s\n", param.Comment)
		}
	}
	if about.RefusesExceptions {
		fmt.Fprintln(out, "\nIt takes no exceptions.")
	}
	fmt.Fprintf(out, "\nSwitch it on in an environment.yaml:\n\nspec:\n  policies:\n  - name: %s\n", p.Name)
	return nil
}

// findPolicy finds a policy by its name, or says that there is none and what was probably meant.
func findPolicy(all []*policies.Policy, name string) (policy *policies.Policy, unknown string) {
	names := make([]string, len(all))
	for i, p := range all {
		if names[i] = p.Name; p.Name == name {
			return p, ""
		}
	}
	unknown = "there is no policy " + name
	if near := spelling.Nearest(name, names); near != "" {
		unknown += " (did you mean " + near + "?)"
	}
	return nil, unknown + "; penstock policy list names those that there are"
}

// paramsText are the parameters with their defaults, in a line.
func paramsText(params map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value, _ := json.Marshal(params[name])
		parts = append(parts, name+"="+string(value))
	}
	return strings.Join(parts, " ")
}

func firstSentence(text string) string {
	sentence, _, more := strings.Cut(strings.Join(strings.Fields(text), " "), ". ")
	if more {
		return sentence + "."
	}
	return sentence
}

func newPolicyTestCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Try the cases beside the repository's policies",
		Long: `Try every case of every file policies/*_test.yaml: given this input, expect this verdict and these messages. A case can be
about a policy of the repository or about a built-in one. Coverage is which rules the cases have seen hold, and not hold.

The exit code is 1 when a case fails.`,
		Example: `  penstock policy test`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return testPolicies(cmd, check.Printable(streams.Out), dir)
		},
	}
	addPoliciesFlag(cmd, &dir)
	return cmd
}

func testPolicies(cmd *cobra.Command, out io.Writer, dir string) error {
	own, err := loadPolicies(dir)
	if err != nil {
		return err
	}
	suites, problems := policies.LoadSuites(os.DirFS("."), dir)
	if len(problems) > 0 {
		return &invalidError{problems: problems}
	}
	all := slices.Concat(own.Policies(), library.Bundle().Policies())
	failed, cases, tested := 0, 0, map[string]bool{}
	for _, suite := range suites {
		policy, unknown := findPolicy(all, suite.Policy)
		if policy == nil {
			return &invalidError{problems: problem.List{{File: suite.File, Field: "spec.policy", Rule: "UnknownPolicy", Message: unknown}}}
		}
		failures, coverage, err := policies.RunSuite(cmd.Context(), suite, policy)
		if err != nil {
			return err
		}
		tested[suite.Policy], failed, cases = true, failed+len(failures), cases+len(suite.Cases)
		tellSuite(out, suite, failures, coverage)
	}
	for _, p := range own.Policies() {
		if !tested[p.Name] {
			fmt.Fprintf(out, "%s: no cases\n", p.Name)
		}
	}
	if failed > 0 {
		return &negativeError{fmt.Sprintf("%d of %d cases failed", failed, cases)}
	}
	return nil
}

func tellSuite(out io.Writer, suite *policies.Suite, failures []policies.Failure, coverage policies.Coverage) {
	for _, f := range failures {
		fmt.Fprintf(out, "FAIL %s:%d: %s: %s\n", f.File, f.Line, f.Case, f.Message)
	}
	fmt.Fprintf(out, "%s: %d cases, %d failed; of %d rules %d were seen to hold and %d not to\n",
		suite.Policy, len(suite.Cases), len(failures), coverage.Rules, coverage.Held, coverage.Broken)
}

func newPolicyExportCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "export NAME...",
		Short: "Write policies as ValidatingAdmissionPolicies",
		Long: `Write policies as ValidatingAdmissionPolicies with their bindings, so that the API server refuses what goes past Git too.
Only policies about rendered objects can be exported, which say so with spec.matchConstraints, and only when they refer
to nothing that an API server does not know. Review the bindings: they hold for the whole cluster unless you narrow them.`,
		Example: `  penstock policy export require-team-label | kubectl apply -f -`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			own, err := loadPolicies(dir)
			if err != nil {
				return err
			}
			return exportPolicies(streams.Out, slices.Concat(own.Policies(), library.Bundle().Policies()), args)
		},
	}
	addPoliciesFlag(cmd, &dir)
	return cmd
}

// exportPolicies writes policies with their bindings: all that were named, or nothing.
func exportPolicies(out io.Writer, all []*policies.Policy, names []string) error {
	var documents [][]byte
	for _, name := range names {
		p, unknown := findPolicy(all, name)
		if p == nil {
			return &negativeError{unknown}
		}
		policy, binding, problems := p.Export()
		if len(problems) > 0 {
			return &invalidError{problems: problems}
		}
		for _, object := range []any{policy, binding} {
			data, err := yaml.Marshal(object)
			if err != nil {
				return err
			}
			documents = append(documents, data)
		}
	}
	_, err := out.Write(bytes.Join(documents, []byte("---\n")))
	return err
}
