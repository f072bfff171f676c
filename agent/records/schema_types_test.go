package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
)

func schemaPage(types []reflect.Type, comments map[string]string) []byte {
	var w bytes.Buffer
	fmt.Fprint(&w, "<!-- Generated from event.go and fact.go: go test ./agent/records -run TestTheSchema -update-schema -->\n"+
		"# The schema of records\n\n"+
		"A fact is a [CloudEvents 1.0](https://cloudevents.io) document in JSON. Its file on the branch `penstock/records/<environment>` is\n"+
		"`<model>/<year>-<month>/<day>/<sequence>-<kind>.json`, or `_environment/…` when it is about no model. Its bytes are those of\n"+
		"these fields in this order, indented by two spaces, with a newline at the end, and at most 256 KiB; there is no second way\n"+
		"to write the same fact. [schema.json](schema.json) says the same for programs, and `testdata/facts` has one of each kind.\n\n"+
		"The version is the end of `type`. Readers refuse what they do not know, so that nothing in a fact escapes them: a new field\n"+
		"or kind asks for readers that know it, before there are writers that use it.\n\n## Kinds\n\n| Type | Meaning |\n| --- | --- |\n")
	for _, k := range kinds {
		fmt.Fprintf(&w, "| `%s` | %s |\n", typeOf(k.kind), comments["Kind."+string(k.kind)])
	}
	for _, t := range types {
		fmt.Fprintf(&w, "\n## %s\n\n", schemaName(t))
		if text := comments[schemaName(t)]; text != "" {
			fmt.Fprintf(&w, "%s\n\n", text)
		}
		fmt.Fprint(&w, "| Name | Type | Meaning |\n| --- | --- | --- |\n")
		for _, f := range jsonFields(t) {
			text := comments[schemaName(f.of)+"."+f.Name]
			if !f.required {
				text += " *May be absent.*"
			}
			fmt.Fprintf(&w, "| `%s` | %s | %s |\n", f.name, plain(f.Type), strings.ReplaceAll(text, "|", `\|`))
		}
	}
	return w.Bytes()
}

// plain is a type for people.
func plain(t reflect.Type) string {
	switch {
	case t == timeType:
		return "timestamp"
	case t == durationType:
		return "duration, as in 1h30m"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return plain(t.Elem())
	case reflect.Slice:
		return "list of " + plain(t.Elem())
	case reflect.Map:
		return "map of " + plain(t.Elem())
	case reflect.Struct:
		return fmt.Sprintf("[%s](#%s)", schemaName(t), strings.ToLower(schemaName(t)))
	}
	return jsonType(t.Kind())
}

func jsonType(kind reflect.Kind) string {
	return map[reflect.Kind]string{reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number", reflect.String: "string"}[kind]
}

func jsonSchema(t *testing.T, types []reflect.Type, comments map[string]string) []byte {
	definitions := map[string]any{}
	for _, at := range types {
		definitions[schemaName(at)] = structSchema(at, comments)
	}
	root := definitions["Event"].(map[string]any)
	delete(definitions, "Event")
	root["$schema"], root["$id"] = "http://json-schema.org/draft-07/schema#", "https://penstock.dev/schemas/record.v1.json"
	root["title"], root["definitions"] = "A fact of the records of Penstock", definitions
	for name, form := range forms {
		for key, value := range form {
			root["properties"].(map[string]any)[name].(map[string]any)[key] = value
		}
	}
	var names []string
	for _, k := range kinds {
		names = append(names, typeOf(k.kind))
	}
	root["properties"].(map[string]any)["type"].(map[string]any)["enum"] = names
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func structSchema(t reflect.Type, comments map[string]string) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range jsonFields(t) {
		one := typeSchema(f.Type, f.required)
		text := comments[schemaName(f.of)+"."+f.Name]
		if _, refers := one["$ref"]; refers { // beside which draft 7 reads nothing
			one = map[string]any{"allOf": []any{one}}
		}
		one["description"] = text
		properties[f.name] = one
		if f.required {
			required = append(required, f.name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	if text := comments[schemaName(t)]; text != "" {
		s["description"] = text
	}
	return s
}

func typeSchema(t reflect.Type, required bool) map[string]any {
	switch {
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == durationType:
		return map[string]any{"type": "string"}
	}
	orNull := func(name string) any {
		if required { // an empty one is written as null, where it is not left out
			return []string{name, "null"}
		}
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), false)
	case reflect.Slice:
		return map[string]any{"type": orNull("array"), "items": typeSchema(t.Elem(), false)}
	case reflect.Map:
		return map[string]any{"type": orNull("object"), "additionalProperties": typeSchema(t.Elem(), false)}
	case reflect.Struct:
		return map[string]any{"$ref": "#/definitions/" + schemaName(t)}
	}
	return map[string]any{"type": jsonType(t.Kind())}
}

// readComments takes what a file says of types, of their fields, and of the kinds of facts.
func readComments(name string, comments map[string]string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	prefix := ""
	if parsed.Name.Name == "policies" {
		prefix = "Policy"
	}
	for _, declared := range parsed.Decls {
		general, ok := declared.(*ast.GenDecl)
		if !ok {
			continue
		}
		last := ""
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				title := prefix + strings.TrimPrefix(strings.ToUpper(spec.Name.Name[:1])+spec.Name.Name[1:], prefix)
				comments[title] = oneParagraph(general.Doc)
				if structure, ok := spec.Type.(*ast.StructType); ok {
					fieldComments(title, structure, comments)
				}
			case *ast.ValueSpec:
				if text := oneParagraph(spec.Doc); text != "" {
					last = text
				}
				comments["Kind."+spec.Names[0].Name] = last
			}
		}
	}
	return nil
}

// fieldComments are those of the fields of a struct. One comment can be of several.
func fieldComments(title string, structure *ast.StructType, comments map[string]string) {
	last := ""
	for _, f := range structure.Fields.List {
		if text := oneParagraph(f.Doc); text != "" {
			last = text
		}
		for _, name := range f.Names {
			comments[title+"."+name.Name] = last
		}
	}
}

func oneParagraph(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }
