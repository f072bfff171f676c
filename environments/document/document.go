package document

import "go.yaml.in/yaml/v3"

// File is one YAML file that Parse accepted. It is immutable.
type File struct {
	// Name is the path in the repository, with slashes.
	Name string
	// Documents are those that say something; empty ones are left out.
	Documents []*Document
}

// Document is one YAML document of a file. It is immutable and safe for concurrent use.
type Document struct {
	root *yaml.Node // never an alias, never a document node
	skip int        // lines of the file before the text that was parsed
}

// APIVersion is what the document says in apiVersion, or "".
func (d *Document) APIVersion() string { return d.String("apiVersion") }

// Kind is what the document says in kind, or "".
func (d *Document) Kind() string { return d.String("kind") }

// Name is what the document says in metadata.name, or "".
func (d *Document) Name() string { return d.String("metadata.name") }

// String is the string at a field path, or "" when there is none.
func (d *Document) String(path string) string {
	value, _ := d.Value(path)
	text, _ := value.(string)
	return text
}

// Object is the document as JSON would hold it: map[string]any, []any, string, int64, float64, bool and
// nil. It is nil when the document is not a map. Each call makes a new copy.
func (d *Document) Object() map[string]any {
	object, _ := value(d.root).(map[string]any)
	return object
}

// Value is what stands at a field path, as in Object; the empty path is the whole document.
func (d *Document) Value(path string) (any, bool) {
	at := d.find(path)
	if at.missing > 0 {
		return nil, false
	}
	return value(at.value), true
}

// Line is the line of the file, from 1, on which the field at path was said: the line of its key, or of
// the list item. For a field that an alias or a merge key brings it is where the anchor's text says it.
// The empty path is the line on which the document begins.
func (d *Document) Line(path string) (line int, ok bool) {
	at := d.find(path)
	return at.line + d.skip, at.missing == 0
}

// Nearest is the line of the field at path or, when it was not said, of its nearest ancestor that was.
// Missing is how many steps of the path were not said: 0 when the field itself was found.
func (d *Document) Nearest(path string) (line, missing int) {
	at := d.find(path)
	return at.line + d.skip, at.missing
}

// TextLine is the line on which the text of a multi-line string at path begins, which for a block
// (introduced by | or >) is the line after the key's.
func (d *Document) TextLine(path string) int {
	at := d.find(path)
	if at.missing > 0 {
		return 0
	}
	line := at.value.Line + d.skip
	if at.value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		line++
	}
	return line
}
