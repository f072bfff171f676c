package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/penstock-dev/penstock/environments/problem"
)

// forbidden are fields of a kustomization that a unit may not use, each with the reason.
var forbidden = map[string]string{
	"openapi":                     "it replaces the schema that every other build of this process uses",
	"helmGlobals":                 "it runs helm, which downloads charts",
	"helmCharts":                  "it runs helm, which downloads charts",
	"helmChartInflationGenerator": "it runs helm, which downloads charts",
	"generators":                  "generators are plugins, and none is run",
	"transformers":                "transformers are plugins, and none is run",
	"validators":                  "validators are plugins, and none is run",
	"crds":                        "kustomize follows references in CRDs without end when they form a circle",
	"vars":                        "kustomize has given them up, and they can make a small unit very large",
}

// instead says what to do without a forbidden field.
var instead = map[string]string{
	"crds":                        "name the fields that refer to other objects in a file under configurations",
	"vars":                        "use replacements",
	"openapi":                     "remove it",
	"helmGlobals":                 "render the chart once and commit its objects",
	"helmCharts":                  "render the chart once and commit its objects",
	"helmChartInflationGenerator": "render the chart once and commit its objects",
	"generators":                  "commit what it generates, or use configMapGenerator",
	"transformers":                "use patches, labels, images or replacements",
	"validators":                  "write a policy",
}

// kustomization reads a kustomization file strictly: one document, known fields, none that is forbidden.
// In the closure it is replaced by what was read.
func (s *scanner) kustomization(name string) (*types.Kustomization, origin, bool) {
	here := origin{file: name}
	_, data, ok := s.named(path.Dir(name), here, name)
	if !ok {
		return nil, here, false
	}
	file, ok := s.parse(name, data)
	if !ok {
		return nil, here, false
	}
	if len(file.Documents) != 1 || file.Documents[0].Object() == nil {
		s.report(here, problem.WrongKind, "write one kustomization", "expected one kustomization, found %d documents", len(file.Documents))
		return nil, here, false
	}
	here.doc = file.Documents[0]
	object := here.doc.Object()
	s.operator(len(data), object)
	if !s.fields(here, object) {
		return nil, here, false
	}
	return s.decode(name, here, object)
}

// fields reports what is forbidden or unknown.
func (s *scanner) fields(here origin, object map[string]any) bool {
	before := len(s.problems)
	for _, field := range sortedKeys(object) {
		if reason, ok := forbidden[field]; ok {
			s.report(here.at("%s", field), ruleForbiddenField, instead[field], "a unit may not use this field: %s", reason)
		}
	}
	for _, u := range unknownFields(object) {
		mend := "remove it"
		if u.nearest != "" {
			mend = "write " + u.nearest + " if that is what you mean"
		}
		s.report(here.at("%s", u.path), problem.UnknownField, mend, "kustomize has no such field")
	}
	return len(s.problems) == before
}

func (s *scanner) decode(name string, here origin, object map[string]any) (*types.Kustomization, origin, bool) {
	data, err := json.Marshal(object)
	k := new(types.Kustomization)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(k)
	}
	if err != nil {
		field := ""
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			field = wrong.Field
		}
		s.report(here.at("%s", field), problem.WrongType, "see the reference of the kustomization file", "the value has another type than the field")
		return nil, here, false
	}
	if len(k.SecretGenerator) > 0 {
		s.closure.secret = true
	}
	s.closure.files[name] = data
	return k, here, true
}
