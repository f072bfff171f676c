package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// TestPlain: the types are those of the API machinery, which panics on others, and a date stays as written.
func TestPlain(t *testing.T) {
	node := yaml.MustParse("{int: 5, big: 18446744073709551615, float: 1.5, yes: true, none: null, date: 2026-01-02, text: '5', list: [1, {a: b}]}")
	got, err := objectsOf([]*yaml.RNode{node})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"int": int64(5), "big": float64(18446744073709551615), "float": 1.5, "yes": true, "none": nil, "date": "2026-01-02",
		"text": "5", "list": []any{int64(1), map[string]any{"a": "b"}},
	}
	if diff := cmp.Diff(want, got[0].Object); diff != "" {
		t.Error(diff)
	}
	if _, err := objectsOf([]*yaml.RNode{yaml.MustParse("[1]")}); err == nil {
		t.Error("a list is no object")
	}
}
