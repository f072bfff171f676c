package records

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var updateSchema = flag.Bool("update-schema", false, "write SCHEMA.md and schema.json anew")

// The page and the schema are written from the types, so that they cannot say anything else.
func TestTheSchemaIsCurrent(t *testing.T) {
	comments := map[string]string{}
	for _, file := range []string{"event.go", "fact.go", "decision.go", "object.go", "../../policies/input.go", "../../policies/decision.go", "../../policies/rules.go", "../../policies/exceptions.go"} {
		if err := readComments(file, comments); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	types := typesBelow(reflect.TypeFor[event]())
	for file, want := range map[string][]byte{"SCHEMA.md": schemaPage(types, comments), "schema.json": jsonSchema(t, types, comments)} {
		if *updateSchema {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is not what the types say: go test ./agent/records -run TestTheSchema -update-schema", file)
		}
	}
	for _, at := range types {
		for f := range at.Fields() {
			if f.IsExported() && !f.Anonymous && comments[schemaName(at)+"."+f.Name] == "" {
				t.Errorf("%s.%s is not documented", at, f.Name)
			}
		}
	}
}

func TestFactsOfEachKindAreWhatTheSchemaSays(t *testing.T) {
	data, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		fact, err := os.ReadFile(filepath.Join("testdata", "facts", k.word+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if result, err := schema.Validate(gojsonschema.NewBytesLoader(fact)); err != nil || !result.Valid() {
			t.Errorf("%s: %v, %v", k.kind, err, result.Errors())
		}
		for old, new := range map[string]string{`"id"`: `"ID"`, `"specversion": "1.0"`: `"specversion": "2"`, `"sequence": "0`: `"sequence": "`, `"message": "`: `"other": 1, "message": "`} {
			broken := strings.Replace(string(fact), old, new, 1)
			if result, err := schema.Validate(gojsonschema.NewStringLoader(broken)); err == nil && result.Valid() {
				t.Errorf("%s with %s is valid", k.kind, new)
			}
		}
	}
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[metav1.Duration]()
)

// forms are what fields of the event have to look like, beside their types.
var forms = map[string]map[string]any{
	"specversion":     {"const": specVersion},
	"id":              {"pattern": idForm.String()},
	"source":          {"pattern": "^" + sourcePrefix + "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},
	"subject":         {"pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$"},
	"time":            {"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`},
	"datacontenttype": {"const": contentType},
	"sequence":        {"pattern": "^[0-9]{9}$"},
	"previous":        {"pattern": digestForm.String()},
}

// typesBelow are a struct and all structs in it, in the order in which a reader meets them.
func typesBelow(root reflect.Type) (all []reflect.Type) {
	seen := map[reflect.Type]bool{}
	for queue := []reflect.Type{root}; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		all = append(all, queue[0])
		for _, f := range jsonFields(queue[0]) {
			if below := elementOf(f.Type); below.Kind() == reflect.Struct && below != timeType && below != durationType {
				queue = append(queue, below)
			}
		}
	}
	return all
}

// field is one of JSON.
type field struct {
	reflect.StructField
	of       reflect.Type // whose comment it has
	name     string
	required bool
}

// jsonFields are the fields of a struct, with those of what is embedded in it.
func jsonFields(t reflect.Type) (all []field) {
	for f := range t.Fields() {
		if f.Anonymous {
			all = append(all, jsonFields(f.Type)...)
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, field{f, t, name, !strings.Contains(options, "omit")})
	}
	return all
}

func elementOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// schemaName tells the types of policies from our own.
func schemaName(t reflect.Type) string {
	if strings.HasSuffix(t.PkgPath(), "/policies") {
		return "Policy" + strings.TrimPrefix(t.Name(), "Policy")
	}
	return strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
}
