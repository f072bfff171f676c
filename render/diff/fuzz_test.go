package diff

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// objectsOf reads a list of maps as objects.
func objectsOf(data string) []*unstructured.Unstructured {
	var list []map[string]any
	if json.Unmarshal([]byte(data), &list) != nil {
		return nil
	}
	var all []*unstructured.Unstructured
	for _, object := range list {
		if object != nil {
			all = append(all, &unstructured.Unstructured{Object: object})
		}
	}
	return all
}

// changes are all that differ, without the indices in paths, which are those of one side.
func changes(objects []Object, reversed bool) []string {
	var all []string
	for _, o := range objects {
		change := o.Change
		if reversed {
			change = change.reverse()
		}
		name := o.Name
		if o.Was != "" {
			name = min(o.Was, o.Name)
		}
		all = append(all, strings.Join([]string{string(change), o.Kind, o.Namespace, name}, " "))
		for _, f := range o.Fields {
			old, now, change := f.Old, f.New, f.Change
			if reversed {
				old, now, change = now, old, change.reverse()
			}
			all = append(all, strings.Join([]string{o.Kind, name, string(change), text(old), text(now)}, " "))
		}
	}
	slices.Sort(all)
	return all
}

func FuzzCompare(f *testing.F) {
	for _, pair := range [][2]string{
		{`[{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","args":["--x=1","y"]}]}}]`, `[{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"b"},{"name":"a","args":["z","--x","2"]}]}}]`},
		{`[{"kind":"Secret","metadata":{"name":"s-fbtk22k745"},"data":{"a":"hunter"}}]`, `[{"kind":"Secret","metadata":{"name":"s-h878tmm66f"},"data":{"a":"hunter2"}}]`},
		{`[{"kind":"A","l":[1,2,3,1],"limits":{"cpu":"1"}}]`, `[{"kind":"A","l":[3,1,2],"limits":{"cpu":"1000m"}}]`},
		{`[{"metadata":[],"kind":7}]`, `[{"metadata":{"name":{}}},{}]`},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		before, after := objectsOf(a), objectsOf(b)
		if same := append(Compare(before, before), Compare(after, after)...); len(same) > 0 {
			t.Errorf("it differs from itself: %s", short(same))
		}
		there, back := Compare(before, after), Compare(after, before)
		if x, y := changes(there, false), changes(back, true); !slices.Equal(x, y) {
			t.Errorf("there:\n%q\nand back:\n%q", x, y)
		}
		if err := Text(io.Discard, there); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	before := rendered(b)
	after := rendered(b, edit{"prod/llama-3-8b/release.yaml", "contextLength: 8192", "contextLength: 16384"})
	b.ReportAllocs()
	for b.Loop() {
		Compare(before, after)
	}
}
