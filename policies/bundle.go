package policies

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// Rules that loading policies adds to those of package problem. Names are stable.
const (
	// ruleInvalidExpression: an expression that CEL does not accept.
	ruleInvalidExpression = "InvalidExpression"
	// ruleDuplicatePolicy: a name that another policy has.
	ruleDuplicatePolicy = "DuplicatePolicy"
)

// Bundle is several policies, sorted by name. It is immutable and safe for concurrent use.
type Bundle struct {
	policies []*Policy
}

// Policies are those of the bundle, sorted by name; none of a nil bundle.
func (b *Bundle) Policies() []*Policy {
	if b == nil {
		return nil
	}
	return slices.Clone(b.policies)
}

// Load reads and compiles all policies of a directory: its files *.yaml and *.yml, but for *_test.yaml. A directory that is not there holds
// none. With a problem there is no bundle: a policy that is left out would let everything pass.
func Load(fsys fs.FS, dir string) (*Bundle, problem.List) {
	b, problems := readBundle(fsys, dir)
	for _, p := range b.policies {
		_, wrong := p.compiled()
		problems = append(problems, wrong...)
	}
	return b.unless(problems)
}

// LoadLater is Load without compiling: the expressions of a policy are compiled when it is first evaluated, and it panics
// then if they are wrong. It is for policies that are known to be right, of which only some are used.
func LoadLater(fsys fs.FS, dir string) (*Bundle, problem.List) {
	b, problems := readBundle(fsys, dir)
	return b.unless(problems)
}

// unless is the bundle, or nothing if there are problems.
func (b *Bundle) unless(problems problem.List) (*Bundle, problem.List) {
	if len(problems) > 0 {
		return nil, problems.Sorted()
	}
	return b, nil
}

// unread is a place where somebody may believe to have put policies, and nobody reads them.
func unread(fsys fs.FS, name string, entry fs.DirEntry) (problem.Problem, bool) {
	isYAML := func(name string) bool {
		return slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(name)))
	}
	p := problem.Problem{File: name, Rule: problem.NotAllowed}
	switch {
	case entry.IsDir() && !slices.Contains([]string{"exceptions", "cluster"}, entry.Name()):
		below, err := fs.ReadDir(fsys, name)
		p.Message, p.Mend = "policies are not read from directories below this one", "move them up, or give them another extension"
		return p, err != nil || slices.ContainsFunc(below, func(e fs.DirEntry) bool { return isYAML(e.Name()) })
	case isYAML(name) && path.Ext(name) != strings.ToLower(path.Ext(name)):
		p.Message, p.Mend = "a policy is a file that ends in .yaml or .yml, in lower case", "rename it"
		return p, true
	}
	return p, false
}

// readBundle reads what can be read.
func readBundle(fsys fs.FS, dir string) (*Bundle, problem.List) {
	b := &Bundle{}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	var problems problem.List
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if p, odd := unread(fsys, name, entry); odd {
			problems = append(problems, p)
			continue
		}
		if !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) || strings.HasSuffix(name, suiteSuffix) {
			continue
		}
		if !entry.Type().IsRegular() {
			problems = append(problems, problem.Problem{File: name, Rule: problem.NotAllowed, Message: "expected a file", Mend: "make it a file, or rename it"})
			continue
		}
		problems = append(problems, b.read(fsys, name)...)
	}
	return b, append(problems, b.sort()...)
}

// read adds the policies of one file.
func (b *Bundle) read(fsys fs.FS, name string) problem.List {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return problem.List{{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error()}}
	}
	file, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return problems
	}
	for _, d := range file.Documents {
		decoded, wrong := environments.DecodePolicy(file, d)
		if len(wrong) > 0 {
			problems = append(problems, wrong...)
			continue
		}
		policy, wrong := newPolicy(decoded, newSource(file, d, data))
		b.policies, problems = append(b.policies, policy), append(problems, wrong...)
	}
	return problems
}

// sort sorts by name, and refuses names that are there twice.
func (b *Bundle) sort() problem.List {
	slices.SortStableFunc(b.policies, func(x, y *Policy) int { return cmp.Compare(x.Name, y.Name) })
	var problems problem.List
	for i := 1; i < len(b.policies); i++ {
		if first, second := b.policies[i-1], b.policies[i]; first.Name == second.Name {
			problems = append(problems, second.at.problem("metadata.name", ruleDuplicatePolicy, "rename one of them",
				fmt.Sprintf("there is a policy named %s already, in %s", second.Name, first.at)))
		}
	}
	return problems
}
