package policies

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
)

var updateContract = flag.Bool("update-contract", false, "write INPUT.md anew")

const contractFile = "INPUT.md"

// The page about what a policy can see is written from the types that it sees, so that it cannot say anything else.
func TestTheContractIsDocumented(t *testing.T) {
	var page bytes.Buffer
	if err := writeContract(&page); err != nil {
		t.Fatal(err)
	}
	if *updateContract {
		if err := os.WriteFile(contractFile, page.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	had, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(had, page.Bytes()) {
		t.Errorf("%s is not what input.go says: go test ./policies -run TestTheContract -update-contract", contractFile)
	}
}

func writeContract(w *bytes.Buffer) error {
	comments, err := fieldComments("input.go")
	if err != nil {
		return err
	}
	fmt.Fprint(w, "<!-- Generated from input.go: go test ./policies -run TestTheContract -update-contract -->\n"+
		"# What a policy can see\n\n"+
		"These are the variables of an expression, with their types. `penstock explain ENV/MODEL --input` prints them for a model, as\n"+
		"JSON with the same names. What is marked *may be absent* is not there when it is not known: ask with optional selection as\n"+
		"in `capacity.?schedulable.orValue(false)` or `evidence[?'staging'].?healthyFor`, or of a field with `has()`. A rule that reads\n"+
		"what is absent cannot be evaluated, and holds.\n\n"+
		"Beside these there is `params`, the policy's own parameters, and `variables`, what it defines itself. In a policy with\n"+
		"`matchConstraints` there is also `object`, the rendered object that is looked at.\n")
	queue, done := []reflect.Type{reflect.TypeFor[Input]()}, map[reflect.Type]bool{}
	for len(queue) > 0 {
		next := queue[0]
		if queue = queue[1:]; done[next] {
			continue
		}
		done[next] = true
		queue = append(queue, writeType(w, next, comments)...)
	}
	return nil
}

// writeType writes a table of one type, and returns the types in it.
func writeType(w *bytes.Buffer, t reflect.Type, comments map[string]string) []reflect.Type {
	title := t.Name()
	if title == "Input" {
		title = "Variables"
	}
	fmt.Fprintf(w, "\n## %s\n\n| Name | Type | Meaning |\n| --- | --- | --- |\n", title)
	var inside []reflect.Type
	for f := range t.Fields() {
		text := comments[t.Name()+"."+f.Name]
		if f.Type.Kind() == reflect.Pointer || f.Tag.Get("cel") == "descriptor" {
			text += " *May be absent.*"
		}
		shown, below := typeText(f)
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", jsonName(f), shown, strings.ReplaceAll(text, "|", `\|`))
		if below != nil {
			inside = append(inside, below)
		}
	}
	return inside
}

// typeText is a type for people, with a link if it has a table of its own.
func typeText(f reflect.StructField) (string, reflect.Type) {
	if f.Tag.Get("cel") == "descriptor" {
		return "ModelDeployment", nil
	}
	prefix, t := "", f.Type
	for t != timeType && t != durationType {
		switch t.Kind() {
		case reflect.Pointer:
		case reflect.Slice:
			prefix += "list of "
		case reflect.Map:
			if t.Elem().Kind() == reflect.Interface {
				return prefix + "object", nil
			}
			prefix += "map of "
		default:
			return plainType(prefix, t)
		}
		t = t.Elem()
	}
	if t == timeType {
		return prefix + "timestamp", nil
	}
	return prefix + "duration", nil
}

func plainType(prefix string, t reflect.Type) (string, reflect.Type) {
	if t.Kind() == reflect.Struct {
		return fmt.Sprintf("%s[%s](#%s)", prefix, t.Name(), strings.ToLower(t.Name())), t
	}
	return prefix + map[reflect.Kind]string{reflect.Int64: "int", reflect.Float64: "double", reflect.Bool: "bool", reflect.String: "string"}[t.Kind()], nil
}

// fieldComments are what the comments of a file say of the fields of structs. One comment can be of several fields.
func fieldComments(file string) (map[string]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		last := ""
		for _, field := range structure.Fields.List {
			if text := strings.Join(strings.Fields(field.Doc.Text()), " "); text != "" {
				last = text
			}
			for _, name := range field.Names {
				comments[spec.Name.Name+"."+name.Name] = last
			}
		}
		return true
	})
	return comments, nil
}
