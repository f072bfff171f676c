package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// on is the value of a policy that is switched on as it is.
const on = "on"

// settings compares the environments themselves: what they ask of a change, and when they let one in.
func (c *comparison) settings() error {
	rules, err := c.rules()
	if err != nil {
		return err
	}
	for _, env := range c.compared {
		if len(env.Problems) > 0 {
			c.note("the environment %s is broken: %s", env.Name, env.Problems[0].Error())
		}
	}
	c.setting("profile", func(e *environments.Environment) any { return text(e.Spec.Profile) })
	c.settingsOf("policy ", func(i int) map[string]any { return rules[i] })
	c.settingsOf("window ", func(i int) map[string]any { return windows(c.compared[i].Spec.Windows) })
	c.setting("promotion", func(e *environments.Environment) any {
		if e.Spec.Promotion != nil && e.Spec.Promotion.Auto {
			return "auto"
		}
		return nil
	})
	c.setting("suspend", func(e *environments.Environment) any { return only(e.Spec.Suspend) })
	c.setting("floating revisions", func(e *environments.Environment) any { return only(e.AllowsFloatingRevisions()) })
	c.setting("prune.maxPercent", func(e *environments.Environment) any {
		if e.Spec.Prune == nil || e.Spec.Prune.MaxPercent == nil {
			return nil
		}
		return *e.Spec.Prune.MaxPercent
	})
	c.settingsOf("GPU price of ", func(i int) map[string]any {
		prices := map[string]any{}
		for product, price := range c.compared[i].Spec.GPUPrices {
			prices[product] = price.AsApproximateFloat64()
		}
		return prices
	})
	return nil
}

// setting compares one setting.
func (c *comparison) setting(name string, of func(*environments.Environment) any) {
	values := make([]any, len(c.compared))
	for i, env := range c.compared {
		values[i] = of(env)
	}
	c.differ(name, values)
}

// settingsOf compares settings that have names.
func (c *comparison) settingsOf(prefix string, of func(i int) map[string]any) {
	names, all := map[string]bool{}, make([]map[string]any, len(c.compared))
	for i := range c.compared {
		all[i] = of(i)
		for name := range all[i] {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		values := make([]any, len(all))
		for i := range all {
			values[i] = all[i][name]
		}
		c.differ(prefix+name, values)
	}
}

// differ notes values that are not all the same.
func (c *comparison) differ(name string, values []any) {
	for _, value := range values {
		if !reflect.DeepEqual(value, values[0]) {
			c.report.Settings = append(c.report.Settings, Difference{Field: name, Values: values})
			return
		}
	}
}

// rules are the policies of each environment, with what it chooses of them, by name.
func (c *comparison) rules() ([]map[string]any, error) {
	rules, problems := gate.LoadRules(c.tree, c.options.Layout, c.all)
	if len(problems) > 0 {
		c.note("the policies are broken, and are not compared: %s", problems[0].Error())
		return make([]map[string]any, len(c.compared)), nil
	}
	all := make([]map[string]any, len(c.compared))
	for i, env := range c.compared {
		all[i] = map[string]any{}
		for _, s := range rules.Selected(env.Name) {
			value, err := chosen(s)
			if err != nil {
				return nil, fmt.Errorf("read the policy %s of %s: %w", s.Policy.Name, env.Name, err)
			}
			all[i][s.Policy.Name] = value
		}
	}
	return all, nil
}

// chosen is what an environment chooses of a policy, beside its defaults.
func chosen(s policies.Selection) (string, error) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		value, err := json.Marshal(s.Params[name])
		if err != nil {
			return "", err
		}
		usual, err := json.Marshal(s.Policy.Params[name])
		if err != nil {
			return "", err
		}
		if string(value) != string(usual) {
			parts = append(parts, name+"="+string(value))
		}
	}
	if len(s.Actions) > 0 && !slices.Equal(s.Actions, s.Policy.Actions) {
		parts = append(parts, fmt.Sprint("actions=", s.Actions))
	}
	if len(parts) == 0 {
		return on, nil
	}
	return strings.Join(parts, ", "), nil
}

// windows are those of an environment, by name.
func windows(list []v1alpha1.ChangeWindow) map[string]any {
	all := map[string]any{}
	for _, w := range list {
		all[w.Name] = fmt.Sprintf("%s %q for %s (%s)", w.Kind, w.Schedule, w.Duration, w.TimeZone)
	}
	return all
}

// text and only are values of which the common one is nothing.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func only(b bool) any {
	if !b {
		return nil
	}
	return true
}

func (c *comparison) note(format string, args ...any) {
	c.report.Notes = append(c.report.Notes, fmt.Sprintf(format, args...))
}
