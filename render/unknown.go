package render

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
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
			all = append(all, unknown{at, nearest(key, sortedKeys(fields))})
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

// nearest is the name that takes the fewest edits to write, if those are few.
func nearest(name string, known []string) string {
	if len(known) == 0 || len(name) > 64 {
		return ""
	}
	best := slices.MinFunc(known, func(a, b string) int {
		return cmp.Compare(distance(name, a), distance(name, b))
	})
	if distance(name, best) > max(1, len(name)/3) {
		return ""
	}
	return best
}

// distance is Levenshtein's, with letters of either case alike.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
