package render

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/penstock-dev/penstock/environments/spelling"
)

// unknown is a field that a kustomization does not have, and the one that is spelled most alike.
type unknown struct{ path, nearest string }

// unknownFields compares a kustomization with kustomize's own type. JSON would take Resources for
// resources; here a field is known only as it is written.
func unknownFields(object map[string]any) []unknown {
	return compare("", object, reflect.TypeFor[types.Kustomization]())
}

func compare(path string, value any, t reflect.Type) []unknown {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var all []unknown
	switch v := value.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for i, item := range v {
				all = append(all, compare(fmt.Sprintf("%s[%d]", path, i), item, t.Elem())...)
			}
		}
	case map[string]any:
		if t.Kind() == reflect.Struct {
			all = compareStruct(path, v, fieldsOf(t))
		}
	}
	return all
}

func compareStruct(path string, object map[string]any, fields map[string]reflect.Type) []unknown {
	var all []unknown
	for _, key := range sortedKeys(object) {
		at := strings.TrimPrefix(path+"."+key, ".")
		if t, ok := fields[key]; ok {
			all = append(all, compare(at, object[key], t)...)
		} else {
			all = append(all, unknown{at, spelling.Nearest(key, sortedKeys(fields))})
		}
	}
	return all
}

// fieldsOf are a struct's fields by their names in JSON, embedded structs included.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "" && f.Anonymous:
			maps.Copy(fields, fieldsOf(f.Type))
		case name != "" && name != "-":
			fields[name] = f.Type
		}
	}
	return fields
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
