package policies

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// SuiteKind is the kind of a file with cases.
const SuiteKind = "PolicyTest"

// Suite is cases for one policy: given this input, expect this verdict and these messages.
type Suite struct {
	// File is where it was read.
	File string `json:"-"`
	// Policy is the name of the policy that is tested.
	Policy string `json:"policy"`
	// Params and Input are those of all cases, which may change them.
	Params map[string]any  `json:"params,omitempty"`
	Input  json.RawMessage `json:"input,omitempty"`
	// Cases are tried one by one.
	Cases []Case `json:"cases"`
}

// Case is one input and what is expected of it.
type Case struct {
	// Name says what is expected, as in: a tag without a digest is held.
	Name string `json:"name"`
	// Params are added to the suite's. Input is a merge patch (RFC 7386) on the suite's: null removes a field.
	Params map[string]any  `json:"params,omitempty"`
	Input  json.RawMessage `json:"input,omitempty"`
	// Verdict is Admit, Warn or Hold.
	Verdict Verdict `json:"verdict"`
	// Messages are those of all findings, in order.
	Messages []string `json:"messages,omitempty"`
	// Again is when it is looked at again, as in 2026-12-31T00:00:00Z, or never. It is not compared when it is not said.
	Again string `json:"again,omitempty"`
	// Line is where the case is written.
	Line int `json:"-"`
}

// LoadSuites reads the cases of all files *_test.yaml of a directory.
func LoadSuites(fsys fs.FS, dir string) ([]*Suite, problem.List) {
	files, err := fs.Glob(fsys, path.Join(dir, "*"+suiteSuffix))
	if err != nil {
		return nil, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	var suites []*Suite
	var problems problem.List
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			problems = append(problems, problem.Problem{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error()})
			continue
		}
		read, wrong := readSuites(name, data)
		suites, problems = append(suites, read...), append(problems, wrong...)
	}
	return suites, problems.Sorted()
}

// suiteSuffix is how the files of cases end. They are not read as policies.
const suiteSuffix = "_test.yaml"

func readSuites(name string, data []byte) ([]*Suite, problem.List) {
	file, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return nil, problems
	}
	var suites []*Suite
	for _, d := range file.Documents {
		suite, wrong := readSuite(file, d)
		if problems = append(problems, wrong...); len(wrong) == 0 {
			suites = append(suites, suite)
		}
	}
	return suites, problems
}

// readSuite reads one document strictly: a misspelt field would make a case that tests nothing.
func readSuite(file *document.File, d *document.Document) (*Suite, problem.List) {
	at := func(field, rule, mend, format string, args ...any) problem.List {
		line, _ := d.Nearest(field)
		return problem.List{{File: file.Name, Line: line, Field: field, Rule: rule, Message: fmt.Sprintf(format, args...), Mend: mend}}
	}
	if d.Kind() != SuiteKind || d.APIVersion() != v1alpha1.GroupVersion.String() {
		return nil, at("kind", problem.WrongKind, "write apiVersion: "+v1alpha1.GroupVersion.String()+" and kind: "+SuiteKind, "expected a %s", SuiteKind)
	}
	raw, err := json.Marshal(d.Object()["spec"])
	if err != nil {
		return nil, at("spec", problem.WrongType, "write a map with policy and cases", "it cannot be read: %v", err)
	}
	suite := &Suite{File: file.Name}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(suite); err != nil {
		return nil, at("spec", problem.WrongType, "compare it with the cases of the built-in policies", "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if suite.Policy == "" || len(suite.Cases) == 0 {
		return nil, at("spec", problem.MissingField, "name the policy, and write at least one case", "there is nothing to test")
	}
	for i := range suite.Cases {
		suite.Cases[i].Line, _ = d.Nearest(fmt.Sprintf("spec.cases[%d]", i))
	}
	return suite, nil
}
