package source_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/source"
)

// Lines counts what git diff counts.
func TestLinesAgreesWithGit(t *testing.T) {
	c := newCheckout(t)
	r := rand.New(rand.NewPCG(1, 2))
	random := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			fmt.Fprintf(&b, "%d%s", r.IntN(6), strings.Repeat("\n", r.IntN(3)))
		}
		return b.String()
	}
	names := []string{}
	old, new := map[string]string{}, map[string]string{}
	for i := range 200 {
		name := fmt.Sprint("f", i)
		names = append(names, name)
		old[name], new[name] = random()+".", random()+"."
	}
	before, after := c.commit("old", old), c.commit("new", new)
	clone := c.open()
	for _, name := range names {
		var added, removed int64
		fmt.Sscan(c.git("diff", "--minimal", "--no-indent-heuristic", "--numstat", before, after, "--", name), &added, &removed)
		got, err := source.Lines(resolve(t, clone, before), resolve(t, clone, after), []string{name})
		if err != nil || got != added+removed {
			t.Errorf("%q to %q: %d, %v; git says %d", old[name], new[name], got, err, added+removed)
		}
	}
}
