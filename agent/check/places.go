package check

import (
	"bytes"
	"io/fs"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies"
)

// places are where in the repository a reader should look, one for each finding: where the field is written that the
// rule is most about, or else where the change begins.
func (r *runner) places(unit *environments.Unit, changed []string, findings []policies.Finding) []problem.Problem {
	fields := make([]string, len(findings))
	for i, f := range findings {
		if len(f.Fields) > 0 {
			fields[i] = f.Fields[0]
		}
	}
	places := r.renderer.Place(r.trees.Head, unit, fields...)
	for i := range places {
		if fields[i] == "" && len(changed) > 0 {
			places[i] = r.firstDifference(changed[0])
		}
	}
	return places
}

// firstDifference is the first line of a file that is not as it was.
func (r *runner) firstDifference(file string) problem.Problem {
	before, _ := fs.ReadFile(r.trees.Fork, file)
	after, err := fs.ReadFile(r.trees.Head, file)
	p := problem.Problem{File: file, Line: 1}
	if err != nil || len(before) == 0 {
		return p
	}
	old, now := bytes.Split(before, []byte("\n")), bytes.Split(after, []byte("\n"))
	for i := range min(len(old), len(now)) {
		if !bytes.Equal(old[i], now[i]) {
			p.Line = i + 1
			return p
		}
	}
	p.Line = max(1, min(len(old), len(now)))
	return p
}
