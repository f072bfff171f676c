package install

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments"
)

// Namespaces are those of the named environments of a tree, or of all when none is named; sorted. An
// environment with problems is an error that carries them, since its namespace is not known for sure.
func Namespaces(tree *environments.Tree, names []string) ([]string, error) {
	var namespaces, known []string
	for _, env := range tree.Environments {
		known = append(known, env.Name)
		if len(names) > 0 && !slices.Contains(names, env.Name) {
			continue
		}
		if len(env.Problems) > 0 {
			return nil, env.Problems
		}
		namespaces = append(namespaces, env.Spec.Namespace)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no environment %q; there are: %s", name, strings.Join(known, ", "))
		}
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces), nil
}
