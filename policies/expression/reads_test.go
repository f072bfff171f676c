package expression

import (
	"strings"
	"testing"
)

func TestReadsAreThePathsOfVariables(t *testing.T) {
	for source, want := range map[string]string{
		"true":                        "",
		"descriptor.scaling.min >= 2": "descriptor.scaling.min",
		"has(descriptor.scaling.max)": "descriptor.scaling.max",
		"descriptor.?scaling.?max.orValue(descriptor.scaling.min) > 1":                   "descriptor.scaling.max descriptor.scaling.min",
		"descriptor.labels['team'] == 'a'":                                               "descriptor.labels.team",
		"descriptor.labels[?'team'].hasValue()":                                          "descriptor.labels.team",
		"descriptor.labels[descriptor.image] == 'a'":                                     "descriptor.image descriptor.labels",
		"descriptor.args.all(a, a != descriptor.image)":                                  "descriptor.args descriptor.image",
		"descriptor.args.exists(descriptor, descriptor == '')":                           "descriptor.args",
		"object.items.map(i, i.name).exists(n, object.names.exists(i, i == n))":          "object.items object.names",
		"object.spec.template['a'].b == object.spec.list[0].c":                           "object.spec.list object.spec.template.a.b",
		"'%s'.format([object.x]) == '' && {'a': object.y}['a'] == object.z":              "object.x object.y object.z",
		"descriptor.image in descriptor.args || now > timestamp('2026-01-01T00:00:00Z')": "descriptor.args descriptor.image now",
		"descriptor.args.all(object, object != '') && object.x == 1":                     "descriptor.args object.x",
		"variables.least > 1":                                       "descriptor.scaling.min",
		"variables.twice > 1":                                       "descriptor.scaling.min",
		"variables.scaling.max > 1":                                 "descriptor.scaling.max",
		"variables.again.max > 1":                                   "descriptor.scaling.max",
		"variables.scaling == null":                                 "descriptor.scaling",
		"variables.picked.max > 1":                                  "descriptor.image object",
		"has(variables.scaling.max)":                                "descriptor.scaling.max",
		"variables.unused":                                          "",
		"object == null ? descriptor.image == '' : object.a.b == 1": "descriptor.image object object.a.b",
	} {
		env := testEnv(t)
		for _, d := range [][2]string{
			{"least", "descriptor.scaling.min"}, {"twice", "variables.least * 2"}, {"scaling", "descriptor.scaling"}, {"again", "variables.scaling"},
			{"picked", "descriptor.image == '' ? object : object"}, {"unused", "true"},
		} {
			if issue := env.Define(d[0], d[1]); issue != nil {
				t.Fatal(issue)
			}
		}
		compiled, issue := env.Compile(source, Bool)
		if issue != nil {
			t.Errorf("%s: %v", source, issue)
			continue
		}
		if got := strings.Join(compiled.Reads(), " "); got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}
