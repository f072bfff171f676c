package check

import (
	"bytes"
	"io/fs"
	"slices"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments/document"
)

// Place is a line in a file of the repository.
type Place struct {
	// File is its path, with slashes, and Line counts from 1.
	File string `json:"file"`
	Line int    `json:"line"`
}

// places are where in the repository a reader should look, one for each finding: where the field is written that the
// rule is most about, or else where the change begins. There is one more, for what is about the unit as a whole.
func (r *runner) places(c *candidate, changed []string, outcome gate.Outcome) []Place {
	fields := make([]string, len(outcome.Findings)+1)
	for i, f := range outcome.Findings {
		fields[i] = mostly(f.Fields, outcome.Input.Descriptor)
	}
	whole := r.beginning(changed)
	places := slices.Repeat([]Place{whole}, len(fields))
	if c.after == nil {
		return places
	}
	for i, at := range r.renderer.Place(r.head.files, c.after, fields...) {
		if fields[i] != "" || whole.File == "" {
			places[i] = Place{File: at.File, Line: max(at.Line, 1)}
		}
	}
	return places
}

// beginning is the first line that differs in the first file that is still there, or else the first file that was.
func (r *runner) beginning(changed []string) Place {
	for _, file := range changed {
		if after, err := fs.ReadFile(r.head.files, file); err == nil {
			before, _ := fs.ReadFile(r.fork.files, file) // a new file differs from its first line on
			return Place{File: file, Line: firstDifference(before, after)}
		}
	}
	if len(changed) > 0 {
		return Place{File: changed[0], Line: 1}
	}
	return Place{}
}

// firstDifference is the first line of a text that is not as it was.
func firstDifference(before, after []byte) int {
	old, now := bytes.Split(before, []byte("\n")), bytes.Split(after, []byte("\n"))
	for i := range min(len(old), len(now)) {
		if !bytes.Equal(old[i], now[i]) {
			return i + 1
		}
	}
	return max(1, min(len(old), len(now)))
}

// mostly is the field that a rule is most about: the first that the descriptor has of those that it reads, the longest
// paths first.
func mostly(fields []string, descriptor map[string]any) string {
	for _, field := range fields {
		if has(descriptor, document.Steps(field)) {
			return field
		}
	}
	return first(fields)
}

// has says whether there is a value at a path. An item of a list stands for all of them.
func has(value any, steps []string) bool {
	for _, step := range steps {
		object, isObject := value.(map[string]any)
		if !isObject {
			break
		}
		if value = object[step]; value == nil {
			return false
		}
	}
	return true
}
