package render

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/environments"
)

// TestGolden shows what descriptors mean, in YAML that a person can review.
func TestGolden(t *testing.T) {
	for name, data := range archives(t, "golden") {
		t.Run(name, func(t *testing.T) {
			_, tree := archive(data)
			o := mustRender(t, tree, unitOf("prod/m"))
			golden(t, filepath.Join("testdata", "golden", name+".yaml"), shown(t, o))
		})
	}
}

// TestGoldenReference does the same for the project's own environments.
func TestGoldenReference(t *testing.T) {
	tree, err := environments.Load(environments.Reference, ".")
	if err != nil || len(tree.Problems()) > 0 {
		t.Fatalf("load the reference: %v %v", err, tree.Problems())
	}
	if len(tree.Units) == 0 {
		t.Fatal("the reference has no units")
	}
	for _, unit := range tree.Units {
		t.Run(unit.ID(), func(t *testing.T) {
			o := mustRender(t, environments.Reference, unit)
			golden(t, filepath.Join("testdata", "golden", "reference-"+strings.ReplaceAll(unit.ID(), "/", "-")+".yaml"), shown(t, o))
		})
	}
}

// shown is everything about a unit's objects that others rely on.
func shown(t *testing.T, o *Objects) []byte {
	t.Helper()
	data, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("# release %s, %d GPUs, from %s\n# digest %s\n", o.ReleaseID, o.GPUs, strings.Join(o.Roots, ", "), o.Digest)
	return append([]byte(head), data...)
}
