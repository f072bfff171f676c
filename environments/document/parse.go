package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/penstock-dev/penstock/environments/problem"
)

// Parse reads a file of YAML documents. The file is nil when there are problems. Parse does no more work
// than the size of the data warrants, whatever the data says.
func Parse(file string, data []byte) (*File, problem.List) {
	return ParseInline(file, 1, data)
}

// ParseInline reads YAML that stands inside a file, such as a patch in a kustomization.yaml. Line is the
// line of the file on which the text begins, from 1.
func ParseInline(file string, line int, data []byte) (*File, problem.List) {
	p := &parser{file: file, skip: line - 1}
	if p.characters(data); len(p.problems) > 0 {
		return nil, p.problems
	}
	roots, err := nodes(bytes.NewReader(data))
	if err != nil {
		p.syntax(data, err)
		return nil, p.problems
	}
	p.check(roots)
	if len(p.problems) > 0 {
		return nil, p.problems.Sorted()
	}
	return p.accept(roots), nil
}

// parser collects what is wrong with one file.
type parser struct {
	file     string
	skip     int
	problems problem.List
}

// report notes a problem on a line of the text, 0 for the whole file.
func (p *parser) report(line int, rule, mend, format string, args ...any) {
	if len(p.problems) == MaxProblems {
		return
	}
	if line > 0 {
		line += p.skip
	}
	p.problems = append(p.problems, problem.Problem{
		File: p.file, Line: line, Rule: rule, Mend: mend, Message: fmt.Sprintf(format, args...),
	})
}

// accept keeps the documents that say something.
func (p *parser) accept(roots []*yaml.Node) *File {
	file := &File{Name: p.file}
	for _, root := range roots {
		if root.ShortTag() != "!!null" {
			file.Documents = append(file.Documents, &Document{root: root, skip: p.skip})
		}
	}
	return file
}

// errTooManyDocuments stops reading a file of separators, each of which would cost a document.
var errTooManyDocuments = errors.New("too many documents")

// nodes reads the roots of all documents. Nothing is expanded: an alias stays a pointer to its anchor.
func nodes(r io.Reader) (roots []*yaml.Node, err error) {
	defer func() {
		// The decoder turns its own errors into values; this is for a fault in it.
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	decoder := yaml.NewDecoder(r)
	for {
		var node yaml.Node
		switch err := decoder.Decode(&node); {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return nil, err
		case len(roots) == MaxDocuments:
			return nil, errTooManyDocuments
		}
		roots = append(roots, node.Content[0])
	}
}
