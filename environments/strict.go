package environments

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
)

// check judges an object as the API server would and puts its objections into words. It also returns the
// object without unknown fields and nulls. The problems have no file or line yet.
func (s *kindSchema) check(original map[string]any) (map[string]any, problem.List) {
	object := runtime.DeepCopyJSON(original)
	v := s.judge(object)
	var problems problem.List
	for _, field := range v.unknown {
		problems = append(problems, problem.Problem{
			Field: field, Rule: problem.UnknownField,
			Message: "there is no such field",
			Mend:    suggestField(s.structural, document.Steps(field)),
		})
	}
	for _, field := range v.invalid {
		problems = append(problems, s.objection(original, object, field))
	}
	if v.elsewhere && len(v.invalid) == 0 {
		problems = append(problems, problem.Problem{Rule: problem.InvalidValue,
			Message: "a value is not of the type that its field takes", Mend: "compare the file with the documentation of its kind"})
	}
	for _, field := range v.duplicates {
		problems = append(problems, s.twice(object, field))
	}
	return object, append(problems, s.unreckonable(object)...)
}

// objection says what is wrong with a field that the schema refuses.
func (s *kindSchema) objection(original, object map[string]any, field string) problem.Problem {
	steps := document.Steps(field)
	p := problem.Problem{Field: field, Rule: problem.InvalidValue, Message: "the value is not as the schema asks for"}
	sub := at(s.structural, steps)
	if sub == nil {
		return p
	}
	value, said := valueAt(object, steps)
	switch {
	case !said:
		p.Rule = problem.MissingField
		p.Message = "the field is missing, expected " + expected(sub)
		p.Mend = fmt.Sprintf("add it (%s)", duty(sub))
		if _, null := valueAt(original, steps); null {
			p.Message = "the field is empty, expected " + expected(sub)
			p.Mend = fmt.Sprintf("write a value (%s)", duty(sub))
		}
	case !fits(sub, value):
		p.Rule = problem.WrongType
		p.Message = fmt.Sprintf("expected %s, found %s", expected(sub), found(steps, value))
		p.Mend = retype(sub, value)
	default:
		p.Message, p.Mend = refuse(sub, steps, value)
	}
	return p
}

// twice reports an item that a set or a keyed list has already.
func (s *kindSchema) twice(object map[string]any, field string) problem.Problem {
	steps := document.Steps(field)
	p := problem.Problem{Field: field, Rule: problem.DuplicateValue, Mend: "keep one of them", Message: "the item is in the list already"}
	value, _ := valueAt(object, steps)
	if item, ok := value.(map[string]any); ok {
		if name, ok := item["name"].(string); ok {
			p.Message = fmt.Sprintf("the list has an item named %s already", cut(name))
		} else if file, ok := item["file"].(string); ok {
			p.Message = fmt.Sprintf("the list has an item for the file %s already", cut(file))
		}
	} else if item, ok := value.(string); ok {
		p.Message = fmt.Sprintf("the list has %s already", cut(item))
	}
	return p
}

// fits tells whether a value has the type that its field takes.
func fits(s *schema.Structural, value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return s.Type == "object"
	case []any:
		return s.Type == "array"
	case bool:
		return s.Type == "boolean"
	case string:
		return s.Type == "string" || s.XIntOrString
	case int64:
		return s.Type == "integer" || s.Type == "number" || s.XIntOrString
	case float64:
		return s.Type == "number" || v == float64(int64(v)) && s.Type == "integer"
	}
	return false
}

// retype says how to turn a value into the type that its field takes.
func retype(s *schema.Structural, value any) string {
	switch v := value.(type) {
	case string:
		if s.Type == "integer" && strings.Trim(v, "0123456789") == "" && v != "" {
			return "remove the quotes"
		}
		if s.Type == "boolean" {
			return "write true or false, without quotes"
		}
	case bool, int64, float64:
		switch {
		case s.Type == "string":
			return "put it in quotes"
		case s.XIntOrString:
			return "put it in quotes, with its unit if it has one"
		}
	case nil:
		return "write a value, or delete the field"
	}
	switch s.Type {
	case "array":
		return "write a list, each item behind a dash"
	case "object":
		return "write a map, each field on a line of its own"
	case "integer":
		return "write a whole number"
	}
	return "write " + expected(s)
}

// refuse says why a value of the right type is not accepted.
func refuse(s *schema.Structural, steps []string, value any) (message, mend string) {
	v := s.ValueValidation
	if v == nil {
		v = &schema.ValueValidation{}
	}
	switch value := value.(type) {
	case []any:
		if v.MinItems != nil && int64(len(value)) < *v.MinItems {
			return fmt.Sprintf("expected %d or more items, found %d", *v.MinItems, len(value)), "write them, each behind a dash"
		}
		if v.MaxItems != nil {
			return fmt.Sprintf("expected at most %d items, found %d", *v.MaxItems, len(value)), "shorten the list"
		}
	case string:
		if length := int64(utf8.RuneCountInString(value)); v.MaxLength != nil && length > *v.MaxLength {
			return fmt.Sprintf("expected at most %d characters, found %d", *v.MaxLength, length), "shorten it"
		}
		if mend = wordings[v.Pattern].mend; mend == "" {
			mend = fmt.Sprintf("write a value (%s)", duty(s))
		}
		if len(v.Enum) > 0 {
			mend = "choose one of them"
			if near := spelling.Nearest(value, choices(v)); near != "" {
				mend = "did you mean " + near + "?"
			}
		}
	default:
		mend = "choose a number in that range"
		if len(v.Enum) > 0 {
			mend = "choose one of them"
		}
	}
	return fmt.Sprintf("expected %s, found %s", expected(s), found(steps, value)), mend
}

// cut keeps a message readable, and a long secret out of it.
func cut(s string) string {
	if utf8.RuneCountInString(s) > echoLimit {
		return fmt.Sprintf("a string of %d characters", utf8.RuneCountInString(s))
	}
	return s
}
