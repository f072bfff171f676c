package policies

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Rules that selecting policies adds.
const (
	// ruleUnknownPolicy: a policy or profile that there is not.
	ruleUnknownPolicy = "UnknownPolicy"
	// ruleInvalidParams: parameters that the policy does not have, or of another type.
	ruleInvalidParams = "InvalidParams"
)

// Sources are where an environment takes its policies from.
type Sources struct {
	// Own are the repository's policies, which every environment has.
	Own *Bundle
	// Builtin are those that an environment switches on by name.
	Builtin *Bundle
	// Profiles are built-in policies that go together, by the name of the profile.
	Profiles map[string][]v1alpha1.PolicySelection
}

// For are the policies of an environment, sorted by name: the repository's own, those of its profile, and those that
// it names, whose parameters and actions count before the profile's. With a problem there are none: an environment
// whose policies are not known admits nothing.
func (s Sources) For(env *environments.Environment) ([]Selection, problem.List) {
	c := &choice{sources: s, env: env, selected: map[string]Selection{}}
	for _, p := range s.Own.Policies() {
		c.selected[p.Name] = Selection{Policy: p}
	}
	c.profile(env.Spec.Profile)
	for i, selection := range env.Spec.Policies {
		c.choose(selection, fmt.Sprintf("spec.policies[%d]", i))
	}
	if len(c.problems) > 0 {
		return nil, c.problems.Sorted()
	}
	selected := make([]Selection, 0, len(c.selected))
	for _, name := range slices.Sorted(maps.Keys(c.selected)) {
		selected = append(selected, c.selected[name])
	}
	return selected, nil
}

// choice collects the policies of one environment.
type choice struct {
	sources  Sources
	env      *environments.Environment
	selected map[string]Selection
	problems problem.List
}

func (c *choice) refuse(field, rule, mend, format string, args ...any) {
	p := c.env.Place(field)
	p.Rule, p.Mend, p.Message = rule, mend, fmt.Sprintf(format, args...)
	c.problems = append(c.problems, p)
}

func (c *choice) profile(name string) {
	if name == "" {
		return
	}
	selections, known := c.sources.Profiles[name]
	if !known {
		c.refuse("spec.profile", ruleUnknownPolicy, c.oneOf(name, slices.Sorted(maps.Keys(c.sources.Profiles))), "there is no profile named %s", name)
		return
	}
	for _, selection := range selections {
		c.choose(selection, "spec.profile")
	}
}

// choose switches a policy on, or changes one that is on.
func (c *choice) choose(selection v1alpha1.PolicySelection, field string) {
	at, on := c.selected[selection.Name]
	if !on {
		builtin, known := c.sources.Builtin.find(selection.Name)
		if !known {
			names := append(c.sources.Builtin.names(), c.sources.Own.names()...)
			c.refuse(field+".name", ruleUnknownPolicy, c.oneOf(selection.Name, names), "there is no policy named %s", selection.Name)
			return
		}
		at = Selection{Policy: builtin}
	}
	params, err := paramsOf(selection.Params)
	if err == "" {
		err = at.Policy.CheckParams(params)
	}
	if err != "" {
		c.refuse(field+".params", ruleInvalidParams, "correct it; penstock policy list shows the parameters", "%s", err)
		return
	}
	merged := maps.Clone(at.Params)
	if merged == nil {
		merged = map[string]any{}
	}
	maps.Copy(merged, at.Policy.fitted(params))
	at.Params = merged
	if len(selection.Actions) > 0 {
		at.Actions = nil
		for _, action := range selection.Actions {
			at.Actions = append(at.Actions, admissionregistrationv1.ValidationAction(action))
		}
	}
	c.selected[selection.Name] = at
}

// oneOf says what was meant, or what there is.
func (c *choice) oneOf(name string, names []string) string {
	if near := spelling.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "choose one of " + strings.Join(names, ", ")
}

func paramsOf(raw *apiextensionsv1.JSON) (map[string]any, string) {
	params := map[string]any{}
	if raw == nil || len(raw.Raw) == 0 {
		return params, ""
	}
	if json.Unmarshal(raw.Raw, &params) != nil {
		return nil, "expected a map of parameters"
	}
	for name, value := range params {
		params[name] = numbers(value)
	}
	return params, ""
}

// find is the policy of a name. A bundle that is nil has none.
func (b *Bundle) find(name string) (*Policy, bool) {
	if b == nil {
		return nil, false
	}
	i := slices.IndexFunc(b.policies, func(p *Policy) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return b.policies[i], true
}

func (b *Bundle) names() []string {
	if b == nil {
		return nil
	}
	names := make([]string, len(b.policies))
	for i, p := range b.policies {
		names[i] = p.Name
	}
	return names
}
