package policies

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/policies/expression"
)

// The types of an Input are read off its Go types, so that what is documented, what is checked and what is evaluated
// cannot differ.

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[metav1.Duration]()
)

// typeOf is the type that expressions are checked against. Objects are named for their Go types. Of named ones, such as
// that of descriptors, the type is given.
func typeOf(t reflect.Type) *expression.Type {
	switch {
	case t.Kind() == reflect.Pointer:
		return typeOf(t.Elem())
	case t == timeType:
		return expression.Timestamp
	case t == durationType:
		return expression.Duration
	}
	switch t.Kind() {
	case reflect.Bool:
		return expression.Bool
	case reflect.Int64:
		return expression.Int
	case reflect.Float64:
		return expression.Double
	case reflect.String:
		return expression.String
	case reflect.Slice:
		return expression.List(typeOf(t.Elem()))
	case reflect.Map:
		return expression.Map(typeOf(t.Elem()))
	case reflect.Struct:
		fields := map[string]*expression.Type{}
		for f := range t.Fields() {
			fields[jsonName(f)] = typeOf(f.Type)
		}
		return expression.Object("penstock."+t.Name(), fields)
	case reflect.Interface:
		return expression.Dyn
	}
	panic(fmt.Sprintf("an Input cannot have a field of type %s", t)) // a test looks at all of them
}

// jsonName is the name of a field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// valueOf is what expressions are evaluated with: maps, lists and simple values, times as times.
func valueOf(v reflect.Value) any {
	switch {
	case v.Type() == timeType:
		return v.Interface()
	case v.Type() == durationType:
		return v.Interface().(metav1.Duration).Duration
	case v.Kind() == reflect.Pointer:
		return valueOf(v.Elem())
	}
	switch v.Kind() {
	case reflect.Struct:
		return valuesOf(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = valueOf(v.Index(i))
		}
		return list
	case reflect.Map:
		if object, ok := v.Interface().(map[string]any); ok {
			return object // JSON already
		}
		all := make(map[string]any, v.Len())
		for key, value := range v.Seq2() {
			all[key.String()] = valueOf(value)
		}
		return all
	}
	return v.Interface()
}

// valuesOf are the fields of a struct. Pointers to nothing are absent; lists, maps and text without anything are empty, so
// that rules need not ask whether they are there.
func valuesOf(v reflect.Value) map[string]any {
	all := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		if field := v.Field(i); field.Kind() != reflect.Pointer || !field.IsNil() {
			all[jsonName(v.Type().Field(i))] = valueOf(field)
		}
	}
	return all
}
