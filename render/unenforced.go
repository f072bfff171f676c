package render

import (
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

// unenforced refuses the settings of an environment that are read and that nothing acts on yet: somebody who writes a
// freeze has to know that it does not hold.
func unenforced(env *environments.Environment) problem.List {
	spec := env.Spec
	var problems problem.List
	for _, setting := range []struct {
		field string
		said  bool
	}{
		{"spec.profile", spec.Profile != ""}, {"spec.policies", len(spec.Policies) > 0},
		{"spec.windows", len(spec.Windows) > 0}, {"spec.gpuPrices", len(spec.GPUPrices) > 0},
	} {
		if setting.said {
			p := env.Place(setting.field)
			p.Rule, p.Message, p.Mend = ruleUnsupported, "this version does not enforce policies yet", "delete it"
			problems = append(problems, p)
		}
	}
	return problems
}
