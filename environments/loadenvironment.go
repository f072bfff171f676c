package environments

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// DefaultMaxPrunePercent is the share of an environment's models that one commit may remove, unless told.
const DefaultMaxPrunePercent = 50

// readEnvironment reads environment.yaml into env.Spec, or says in env.Problems why it cannot.
func (l *loader) readEnvironment(env *Environment, entries []fs.DirEntry) {
	file := path.Join(env.Dir, EnvironmentFile)
	for _, entry := range entries {
		if entry.Name() != EnvironmentFile {
			continue
		}
		if !entry.Type().IsRegular() {
			env.Problems = append(env.Problems, notAFile(file, entry))
			return
		}
		data, err := fs.ReadFile(l.fsys, file)
		if err != nil {
			env.Problems = append(env.Problems, unreadable(file, err))
			return
		}
		l.decodeEnvironment(env, file, data)
		return
	}
	mend := "add one with spec.namespace, or move the models"
	for _, entry := range entries {
		if strings.EqualFold(strings.TrimSuffix(entry.Name(), ".yml"), "environment") {
			mend = fmt.Sprintf("rename %s to %s", entry.Name(), EnvironmentFile)
		}
	}
	env.Problems = append(env.Problems, problem.Problem{File: file, Rule: problem.MissingFile,
		Message: "the directory has models but no " + EnvironmentFile, Mend: mend})
}

func notAFile(file string, entry fs.DirEntry) problem.Problem {
	if entry.IsDir() {
		return problem.Problem{File: file, Rule: problem.NotAllowed, Message: "this is a directory, expected a file", Mend: "make it a file"}
	}
	return irregular(file, entry)
}

// decodeEnvironment takes the file's data into env.
func (l *loader) decodeEnvironment(env *Environment, file string, data []byte) {
	parsed, problems := document.Parse(file, data)
	if len(problems) == 0 {
		var spec *v1alpha1.EnvironmentSpec
		spec, problems = environmentSpec(env.Name, parsed)
		if spec != nil && len(env.Problems) == 0 {
			env.Spec = *spec
		}
		if len(parsed.Documents) == 1 {
			env.said = parsed.Documents[0]
		}
	}
	env.Problems = append(env.Problems, problems...)
}

// environmentSpec reads one Environment strictly and fills in defaults. It is nil when there are problems.
func environmentSpec(name string, parsed *document.File) (*v1alpha1.EnvironmentSpec, problem.List) {
	if n := len(parsed.Documents); n != 1 || parsed.Documents[0].Object() == nil {
		return nil, problem.List{{File: parsed.Name, Rule: problem.WrongKind,
			Message: fmt.Sprintf("expected one document, an Environment, found %s", contents(parsed)), Mend: "keep one Environment in the file"}}
	}
	original, _ := normalize(parsed.Documents[0].Object()).(map[string]any)
	if problems := checkIdentity(original, v1alpha1.EnvironmentKind); len(problems) > 0 {
		return nil, inFile(parsed, problems)
	}
	strict, faults := environmentSchema().check(original)
	problems := tidy(append(checkMetadata(original, name, nil), faults...))

	var env v1alpha1.Environment
	if len(problems) == 0 {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(strict, &env); err != nil {
			problems = append(problems, problem.Problem{Field: "spec", Rule: problem.InvalidValue, Message: err.Error()})
		}
	}
	problems = append(problems, checkEnvironmentSpec(name, &env.Spec)...)
	if len(problems) > 0 {
		return nil, inFile(parsed, problems)
	}
	fillDefaults(&env.Spec)
	return &env.Spec, nil
}

func fillDefaults(spec *v1alpha1.EnvironmentSpec) {
	if spec.Prune == nil {
		spec.Prune = &v1alpha1.Prune{}
	}
	if spec.Prune.MaxPercent == nil {
		percent := int32(DefaultMaxPrunePercent)
		spec.Prune.MaxPercent = &percent
	}
}

// inFile places problems of the file's one document.
func inFile(file *document.File, problems problem.List) problem.List {
	for i := range problems {
		problems[i].File = file.Name
		problems[i].Line, _ = file.Documents[0].Nearest(problems[i].Field)
	}
	return problems.Sorted()
}

func contents(file *document.File) string {
	switch len(file.Documents) {
	case 0:
		return "nothing"
	case 1:
		return "something else"
	}
	return fmt.Sprintf("%d documents", len(file.Documents))
}

// checkEnvironmentSpec checks what a schema cannot say.
func checkEnvironmentSpec(name string, spec *v1alpha1.EnvironmentSpec) problem.List {
	var problems problem.List
	if strings.HasPrefix(spec.Namespace, "kube-") {
		problems = append(problems, problem.Problem{Field: "spec.namespace", Rule: problem.NotAllowed,
			Message: "namespaces that begin with kube- belong to Kubernetes itself, found " + spec.Namespace, Mend: "choose another namespace"})
	}
	if spec.PromotedFrom == name {
		problems = append(problems, problem.Problem{Field: "spec.promotedFrom", Rule: problem.PromotionCycle,
			Message: "an environment cannot be promoted from itself", Mend: "name another environment, or delete promotedFrom"})
	}
	if spec.Records != nil {
		problems = append(problems, checkRecordKeys("spec.records.keys", spec.Records.Keys)...)
	}
	return append(problems, checkEvidence(name, spec)...)
}
