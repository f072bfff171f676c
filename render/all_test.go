package render

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

const claiming = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n"

func TestRenderAllSaysWhatCameOfEachUnit(t *testing.T) {
	tree := fstest.MapFS{}
	var units []*environments.Unit
	for _, name := range []string{"a", "b", "broken", "c", "known"} {
		unit := unitOf("prod/" + name)
		text := strings.Replace(lone, "name: m}", "name: "+name+"}", 1)
		if name == "a" || name == "c" {
			text += claiming
		}
		if name == "broken" {
			text = "{"
		}
		if name == "known" {
			unit.Problems = problem.List{{File: unit.Dir, Rule: "Known", Message: "known"}}
		}
		tree[unit.Dir+"/model.yaml"] = &fstest.MapFile{Data: []byte(text)}
		units = append(units, unit)
	}
	rules := ""
	for i, done := range renderer().RenderAll(t.Context(), tree, units) {
		if done.Unit != units[i] || (done.Objects == nil) == (done.Err == nil) {
			t.Errorf("%s: got %+v", units[i].ID(), done)
		}
		rule := "rendered"
		if done.Err != nil {
			rule = problem.Of(done.Err)[0].Rule
		}
		rules += fmt.Sprintf("%s %s, ", units[i].Name, rule)
	}
	equal(t, "rules", rules, "a "+ruleClaimed+", b rendered, broken "+problem.InvalidYAML+", c "+ruleClaimed+", known Known, ")
}

func TestRenderAllStopsWithItsContext(t *testing.T) {
	_, tree := archive([]byte("-- model.yaml --\n" + lone))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := renderer().RenderAll(ctx, tree, []*environments.Unit{unitOf("prod/m")}); !errors.Is(got[0].Err, context.Canceled) {
		t.Errorf("got %+v", got)
	}
	if got := renderer().RenderAll(t.Context(), tree, nil); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func BenchmarkRenderAll(b *testing.B) {
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil {
		b.Fatal(err)
	}
	r := New()
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			r.RenderAll(b.Context(), environments.Reference, tree.Units)
		}
	})
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			for _, unit := range tree.Units {
				_, _ = r.Render(environments.Reference, unit)
			}
		}
	})
	b.Run("roots", func(b *testing.B) {
		for b.Loop() {
			for _, unit := range tree.Units {
				_, _ = r.Roots(environments.Reference, unit)
			}
		}
	})
	b.Run("places", func(b *testing.B) {
		for b.Loop() {
			for _, unit := range tree.Units {
				r.Place(environments.Reference, unit, "spec.scaling.min", "spec.release.runtime.image")
			}
		}
	})
}
