package render

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// scanner follows a kustomization to everything it refers to, as kustomize will, before kustomize does.
// Kustomize fetches whatever looks like an address, in nearly every field that takes a path and
// without a timeout; it runs git; it expands alias bombs. So nothing reaches it that was not seen here.
type scanner struct {
	fsys     fs.FS
	closure  *closure
	parsed   map[string]*document.File
	stack    []string // the roots that lead to the current one
	problems problem.List

	visits, references, bytes, objects int
	items                              int // list items and map entries in objects
	operators, operations              int // bytes of kustomizations, patches and their kin, and their items
	copies                             []copying
}

// scan vets the kustomization of a directory with everything it refers to.
func scan(fsys fs.FS, dir string) (*closure, problem.List) {
	s := &scanner{fsys: fsys, closure: newClosure(), parsed: map[string]*document.File{}}
	s.root(dir, origin{file: dir}, types.KustomizationKind)
	s.checkCopies()
	s.checkWork(origin{file: dir})
	return s.closure, s.problems
}

// checkWork bounds what kustomize does with what it has read.
func (s *scanner) checkWork(from origin) {
	objects := max(s.objects, 1)
	if s.operations <= maxOperations && s.operations <= maxApplications/objects && s.operators <= maxGrowth/objects {
		return
	}
	s.once(problem.Problem{
		File: from.file, Rule: problem.TooLarge, Mend: "split the unit, or write the result of its patches into its objects",
		Message: fmt.Sprintf("kustomizations and patches of %d items and %d bytes over %d objects are more than a build may take", s.operations, s.operators, objects),
	})
}

// operator counts something that changes objects.
func (s *scanner) operator(bytes int, values ...any) {
	s.operators += bytes
	for _, value := range values {
		_, items := count(value)
		s.operations += items
	}
}

// origin is where in the repository something was said.
type origin struct {
	file  string
	doc   *document.Document // nil for a whole file
	field string
}

func (o origin) line() int {
	if o.doc == nil {
		return 0
	}
	line, _ := o.doc.Nearest(o.field)
	return line
}

// at is the origin of a field below this one.
func (o origin) at(format string, args ...any) origin {
	o.field += fmt.Sprintf(format, args...)
	return o
}

func (s *scanner) report(o origin, rule, mend, format string, args ...any) {
	s.problems = append(s.problems, problem.Problem{
		File: o.file, Line: o.line(), Field: o.field, Rule: rule, Mend: mend, Message: fmt.Sprintf(format, args...),
	})
}

// root vets one kustomization. It is visited once for each time that it is referred to, as kustomize
// builds it once for each: a base twice included by a base twice included costs four builds.
func (s *scanner) root(dir string, from origin, kind string) {
	if !s.enter(dir, from) {
		return
	}
	defer func() { s.stack = s.stack[:len(s.stack)-1] }()
	s.closure.roots[dir] = true
	name, ok := s.kustomizationIn(dir, from)
	if !ok {
		return
	}
	k, here, ok := s.kustomization(name)
	if !ok {
		return
	}
	if got := kindOf(k); got != kind {
		s.report(here.at("kind"), problem.WrongKind, "name it under resources if it is a Kustomization, under components if it is a Component",
			"expected a %s here, found a %s", kind, got)
		return
	}
	s.follow(dir, here, k)
}

func kindOf(k *types.Kustomization) string {
	if k.Kind == "" {
		return types.KustomizationKind
	}
	return k.Kind
}

// enter refuses cycles and counts. Kustomize refuses a base that is or contains what refers to it.
func (s *scanner) enter(dir string, from origin) bool {
	s.visits++
	if s.visits > maxRoots || len(s.stack) >= maxDepth {
		s.once(problem.Problem{
			File: from.file, Line: from.line(), Field: from.field, Rule: problem.TooLarge,
			Message: fmt.Sprintf("a unit may visit %d kustomizations, %d deep; a base that is used twice counts twice", maxRoots, maxDepth),
			Mend:    "use fewer bases",
		})
		return false
	}
	for i, root := range s.stack {
		if isWithin(root, dir) {
			way := strings.Join(append(slices.Clone(s.stack[i:]), dir), " -> ")
			s.report(from, ruleCycle, "move what they share into a directory beside them", "it leads back to where it came from: %s", way)
			return false
		}
	}
	s.stack = append(s.stack, dir)
	return true
}

// once reports a problem unless its rule and message were reported before.
func (s *scanner) once(p problem.Problem) {
	same := func(q problem.Problem) bool { return q.Rule == p.Rule && q.Message == p.Message }
	if !slices.ContainsFunc(s.problems, same) {
		s.problems = append(s.problems, p)
	}
}

// kustomizationIn finds the one kustomization file of a directory.
func (s *scanner) kustomizationIn(dir string, from origin) (string, bool) {
	var found []string
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		name = path.Join(dir, name)
		switch info, err := stat(s.fsys, name); {
		case err != nil && !isMissing(err):
			s.unreadable(origin{file: name}, name, err)
			return "", false
		case err == nil && info.Mode().IsRegular():
			found = append(found, name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], true
	case 0:
		s.report(from, problem.MissingFile, "add the file, or name another directory", "%s has no kustomization.yaml", dir)
	default:
		s.report(origin{file: found[1]}, ruleAmbiguous, "keep one of them", "%s has two kustomization files, %s and %s",
			dir, path.Base(found[0]), path.Base(found[1]))
	}
	return "", false
}
