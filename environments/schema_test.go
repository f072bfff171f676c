package environments

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// TestSchemaIsUpToDate: every JSON field of the Go types is in the generated schema, and the other way
// round. `go generate ./environments/v1alpha1` makes it so.
func TestSchemaIsUpToDate(t *testing.T) {
	compareFields(t, "spec", reflect.TypeFor[v1alpha1.ModelDeploymentSpec](), at(modelDeploymentSchema().structural, []string{"spec"}))
	compareFields(t, "status", reflect.TypeFor[v1alpha1.ModelDeploymentStatus](), at(modelDeploymentSchema().structural, []string{"status"}))
	compareFields(t, "spec", reflect.TypeFor[v1alpha1.EnvironmentSpec](), at(environmentSchema().structural, []string{"spec"}))
}

func compareFields(t *testing.T, where string, typ reflect.Type, s *schema.Structural) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		if typ.Kind() == reflect.Slice {
			s = s.Items
		}
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[resource.Quantity]() || strings.HasPrefix(typ.PkgPath(), "k8s.io/") {
		return
	}
	inType := map[string]bool{}
	for field := range typ.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		inType[name] = true
		property, ok := s.Properties[name]
		if !ok {
			t.Errorf("%s.%s is in the Go type and not in the CRD", where, name)
			continue
		}
		compareFields(t, where+"."+name, field.Type, &property)
	}
	for name := range s.Properties {
		if !inType[name] {
			t.Errorf("%s.%s is in the CRD and not in the Go type", where, name)
		}
	}
}

// TestWordings: every pattern of the schemas is put into words, and every field has a description, which
// messages use.
func TestWordings(t *testing.T) {
	used := map[string]bool{}
	var visit func(where string, s *schema.Structural)
	visit = func(where string, s *schema.Structural) {
		if s.ValueValidation != nil && s.ValueValidation.Pattern != "" {
			used[s.ValueValidation.Pattern] = true
			if wordings[s.ValueValidation.Pattern].mend == "" {
				t.Errorf("%s: the pattern %s is not in wordings", where, s.ValueValidation.Pattern)
			}
		}
		if s.Items != nil {
			visit(where+"[]", s.Items)
		}
		for name, property := range s.Properties {
			if property.Description == "" {
				t.Errorf("%s.%s has no description", where, name)
			}
			visit(where+"."+name, &property)
		}
	}
	visit("spec", at(modelDeploymentSchema().structural, []string{"spec"}))
	for _, kind := range []*kindSchema{environmentSchema(), exceptionSchema(), trustSchema(), approvalSchema()} {
		visit("spec", at(kind.structural, []string{"spec"}))
	}
	for pattern := range wordings {
		if !used[pattern] {
			t.Errorf("no field has the pattern %s any more", pattern)
		}
	}
}

// TestEveryPatternAndEnumIsTested: testdata/bad has a case for each field with a pattern, an enum or a
// bound, so that no rule of the schema is without its message.
func TestEveryPatternAndEnumIsTested(t *testing.T) {
	table := ""
	for _, test := range badDescriptors {
		table += test.want + "\n"
	}
	var visit func(where string, s *schema.Structural)
	visit = func(where string, s *schema.Structural) {
		if v := s.ValueValidation; v != nil && (v.Pattern != "" || len(v.Enum) > 0 || v.Minimum != nil) {
			if !strings.Contains(table, where+": expected") {
				t.Errorf("no bad descriptor for %s", where)
			}
		}
		if s.Items != nil {
			visit(where+"[0]", s.Items)
		}
		for name, property := range s.Properties {
			visit(where+"."+name, &property)
		}
	}
	visit("spec", at(modelDeploymentSchema().structural, []string{"spec"}))
}

// TestDecodeRoundTrips: what Decode returns, written and decoded again, is the same.
func TestDecodeRoundTrips(t *testing.T) {
	for id, md := range buildReference(t) {
		data, err := json.Marshal(md)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(data, &object); err != nil {
			t.Fatal(err)
		}
		delete(object, "status")
		delete(object["metadata"].(map[string]any), "creationTimestamp")
		env, name, _ := strings.Cut(id, "/")
		unit := &Unit{Environment: &Environment{Name: env}, Name: name, Dir: id}
		again, problems := Decode(unit, object, nil)
		if problems != nil {
			t.Fatal(id, problems)
		}
		before, _ := json.Marshal(md)
		after, _ := json.Marshal(again)
		if string(before) != string(after) {
			t.Errorf("%s:\n%s\n%s", id, before, after)
		}
	}
}
