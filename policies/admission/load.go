package admission

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// Rules that loading adds to those of package problem. Names are stable.
const (
	// ruleInvalidExpression: an expression that CEL does not accept.
	ruleInvalidExpression = "InvalidExpression"
	// ruleUnknownPolicy: a binding of a policy that is not there.
	ruleUnknownPolicy = "UnknownPolicy"
	// ruleDuplicate: an object that is there twice.
	ruleDuplicate = "DuplicateObject"
)

// Load reads the files *.yaml and *.yml of a directory: ValidatingAdmissionPolicies, their bindings, and the objects that
// they take as parameters, one by one or as the lists that kubectl get -o yaml writes, with whatever the API server has
// added. A directory that is not there holds none. With a problem there is no set.
func Load(fsys fs.FS, dir string) (*Set, problem.List) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	l := &loader{set: &Set{}, seen: map[string]bool{}}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
			continue
		}
		if !entry.Type().IsRegular() {
			l.problems = append(l.problems, problem.Problem{File: name, Rule: problem.NotAllowed, Message: "expected a file", Mend: "make it a file, or rename it"})
			continue
		}
		l.file(fsys, name)
	}
	l.join()
	if len(l.problems) > 0 {
		return nil, l.problems.Sorted()
	}
	return l.set.sorted(), nil
}

// loader collects the objects of several files.
type loader struct {
	set      *Set
	bindings []bound
	params   []said
	seen     map[string]bool
	problems problem.List
}

type bound struct {
	said
	binding *admissionregistrationv1.ValidatingAdmissionPolicyBinding
}

// said is an object, and where in a file it stands.
type said struct {
	file   string
	doc    *document.Document
	under  string // the path of an item of a list
	object map[string]any
}

func (s said) kind() string       { kind, _ := s.object["kind"].(string); return kind }
func (s said) apiVersion() string { version, _ := s.object["apiVersion"].(string); return version }

// problem is one with a field of the object.
func (s said) problem(field, rule, mend, format string, args ...any) problem.Problem {
	if s.under != "" {
		field = strings.TrimSuffix(s.under+"."+field, ".")
	}
	line, _ := s.doc.Nearest(field)
	return problem.Problem{File: s.file, Line: line, Field: field, Rule: rule, Mend: mend, Message: fmt.Sprintf(format, args...)}
}

func (l *loader) report(p problem.Problem) { l.problems = append(l.problems, p) }

func (l *loader) file(fsys fs.FS, name string) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		l.report(problem.Problem{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error()})
		return
	}
	file, problems := document.Parse(name, data)
	if l.problems = append(l.problems, problems...); file == nil {
		return
	}
	for _, d := range file.Documents {
		l.take(said{file: name, doc: d, object: d.Object()})
	}
}

// take sorts an object in, or the items of a list.
func (l *loader) take(s said) {
	items, isList := s.object["items"].([]any)
	if single, ok := strings.CutSuffix(s.kind(), "List"); ok && isList && s.under == "" {
		for i, item := range items {
			object, _ := item.(map[string]any)
			if _, named := object["kind"]; object != nil && !named && single != "" { // a typed list says it once
				object["kind"], object["apiVersion"] = single, s.apiVersion()
			}
			l.take(said{file: s.file, doc: s.doc, under: fmt.Sprintf("items[%d]", i), object: object})
		}
		return
	}
	name := (&unstructured.Unstructured{Object: s.object}).GetName()
	if s.object == nil || name == "" {
		l.report(s.problem("metadata.name", problem.MissingField, "write an object with kind and metadata.name", "expected an object with a name"))
		return
	}
	switch {
	case !strings.HasPrefix(s.apiVersion(), admissionregistrationv1.GroupName+"/"):
		l.params = append(l.params, s)
	case s.kind() == "ValidatingAdmissionPolicy":
		l.policy(s)
	case s.kind() == "ValidatingAdmissionPolicyBinding":
		l.binding(s)
	default:
		l.refuse(s)
	}
}

func (l *loader) refuse(s said) {
	l.report(s.problem("kind", problem.WrongKind, "move it elsewhere",
		"%s is neither a ValidatingAdmissionPolicy, nor a binding, nor of a kind that one of the policies takes parameters of", s.kind()))
}
