package promote

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// releaseFields is a release as JSON has it, amounts in one form.
func releaseFields(release v1alpha1.Release) map[string]any {
	if size := release.Model.Size; size != nil {
		release.Model.Size = resource.NewQuantity(size.Value(), resource.BinarySI)
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&release)
	if err != nil {
		panic("read a release: " + err.Error()) // plain fields cannot fail
	}
	return fields
}

// differing are the fields in which two objects differ, below a path and sorted. A list is one field.
func differing(path string, a, b map[string]any) []string {
	var fields []string
	for _, key := range sorted(a, b) {
		at := path + "." + key
		x, xIsMap := a[key].(map[string]any)
		y, yIsMap := b[key].(map[string]any)
		switch {
		case reflect.DeepEqual(a[key], b[key]):
		case xIsMap && yIsMap, xIsMap && b[key] == nil, yIsMap && a[key] == nil:
			fields = append(fields, differing(at, x, y)...)
		default:
			fields = append(fields, at)
		}
	}
	return fields
}

// sorted are the keys of several objects, each once.
func sorted(objects ...map[string]any) []string {
	all := map[string]any{}
	for _, o := range objects {
		maps.Copy(all, o)
	}
	return slices.Sorted(maps.Keys(all))
}

// shown is the value of a field of a release, for people.
func shown(release map[string]any, field string) string {
	var value any = map[string]any{"spec": map[string]any{"release": release}}
	for _, step := range document.Steps(field) {
		object, _ := value.(map[string]any)
		value = object[step]
	}
	if value == nil {
		return "nothing"
	}
	if text, isText := value.(string); isText {
		return oneLine(digestForm.ReplaceAllString(text, "$1…"), longest)
	}
	data, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	return oneLine(string(data), longest)
}

// digestForm is a digest, whose beginning is enough for people.
var digestForm = regexp.MustCompile(`(sha256:[0-9a-f]{12})[0-9a-f]{52}`)

// longest is how many characters of a text that others have written are shown in one line.
const longest = 160

// oneLine is the beginning of a text that others have written, on a line of its own, without what could command a terminal
// or show text in another order than it is written.
func oneLine(text string, most int) string {
	text = strings.Map(harmless, strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
