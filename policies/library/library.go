package library

import (
	"embed"
	"slices"
	"sync"

	"github.com/penstock-dev/penstock/policies"
)

// Directory is where the files of built-in policies are, in this package and in findings: built-in/gpu-quota.yaml. A
// repository's own policies are elsewhere.
const Directory = "built-in"

//go:embed built-in profiles
var files embed.FS

// broken is what a build must never have. The tests of this package load everything that is embedded.
func broken(what string, why error) string {
	return "the embedded " + what + " are broken, which is a fault of this build of Penstock: " + why.Error()
}

// Bundle is all built-in policies. They are read once, when they are first asked for, and each is compiled when it is first
// evaluated: all of them take a tenth of a second, and an environment has only some.
func Bundle() *policies.Bundle { return bundle() }

var bundle = sync.OnceValue(func() *policies.Bundle {
	b, problems := policies.LoadLater(files, Directory)
	if len(problems) > 0 {
		panic(broken("policies", problems))
	}
	return b
})

// Find is the built-in policy of a name.
func Find(name string) (*policies.Policy, bool) {
	all := Bundle().Policies()
	i := slices.IndexFunc(all, func(p *policies.Policy) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Suites are the cases that test the built-in policies, one suite for each.
func Suites() []*policies.Suite {
	suites, problems := policies.LoadSuites(files, Directory)
	if len(problems) > 0 {
		panic(broken("cases", problems))
	}
	return suites
}
