package render

import "testing"

func TestPlaceIsWhereTheStrongestSaysIt(t *testing.T) {
	_, tree := archive([]byte(layered))
	const base, unit = "environments/base/m/model.yaml", "environments/prod/m/"
	for field, want := range map[string]struct {
		file string
		line int
	}{
		"spec.release.runtime.image":  {unit + "release.yaml", 6},        // the patch goes over the base
		"spec.release.runtime.engine": {base, 7},                         // which the patch does not say
		"spec.accelerator.product":    {base, 8},                         //
		"spec.scaling.min":            {unit + "kustomization.yaml", 11}, // an operation
		"spec.scaling.max":            {unit + "kustomization.yaml", 10}, // a default: the operation's value is nearest
		"spec.accelerator.count":      {base, 8},                         // a default
		"spec.cache.size":             {unit + "release.yaml", 4},        // a default, and nobody said its parent
		"nothing.of.the.sort":         {unit + "release.yaml", 1},        // the strongest document
	} {
		got := renderer().Place(tree, unitOf("prod/m"), "metadata.name", field)
		if len(got) != 2 || got[0].Field != "metadata.name" {
			t.Fatalf("%s: got %+v", field, got)
		}
		if p := got[1]; p.File != want.file || p.Line != want.line || p.Field != field {
			t.Errorf("%s: got %s:%d, want %s:%d", field, p.File, p.Line, want.file, want.line)
		}
	}
}

func TestPlaceOfAUnitThatCannotBeReadIsItsDirectory(t *testing.T) {
	_, tree := archive([]byte("-- other.yaml --\n"))
	if got := renderer().Place(tree, unitOf("prod/m"), "spec.scaling.min")[0]; got.File != "environments/prod/m" || got.Line != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestPlaceIsFoundInAUnitOfOneFile(t *testing.T) {
	_, tree := archive([]byte("-- model.yaml --\n" + descriptor("", "", onGPU)))
	if got := renderer().Place(tree, unitOf("prod/m"), "spec.accelerator")[0]; got.File != "environments/prod/m/model.yaml" || got.Line != 8 {
		t.Errorf("got %+v", got)
	}
}
