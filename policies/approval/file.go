package approval

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// MaxFiles is how many approvals a directory may hold: each costs a signature to verify.
const MaxFiles = 64

// File is an approval as somebody committed it. Whether it counts, Verify says.
type File struct {
	// Name of the file in the repository.
	Name string
	Statement
	// Armored is the signature.
	Armored []byte
}

// Load reads the approvals of a directory: its files *.yaml and *.yml, each with one, by their names. A directory that is
// not there holds none. A file that is wrong is a problem and no approval, and the others count all the same.
func Load(fsys fs.FS, dir string) ([]File, problem.List) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.List{unreadable(dir, err)}
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !slices.Contains([]string{".yaml", ".yml"}, path.Ext(e.Name())) })
	var files []File
	var problems problem.List
	if len(entries) > MaxFiles {
		problems = append(problems, problem.Problem{File: dir, Rule: problem.TooLarge,
			Message: fmt.Sprintf("it holds %d approvals, of which the first %d are read", len(entries), MaxFiles), Mend: "delete those that have expired"})
		entries = entries[:MaxFiles]
	}
	for _, entry := range entries {
		file, wrong := read(fsys, path.Join(dir, entry.Name()))
		if problems = append(problems, wrong...); len(wrong) == 0 {
			files = append(files, file)
		}
	}
	return files, problems.Sorted()
}

// read reads one approval.
func read(fsys fs.FS, name string) (File, problem.List) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return File{}, problem.List{unreadable(name, err)}
	}
	parsed, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return File{}, problems
	}
	if count := len(parsed.Documents); count != 1 {
		return File{}, problem.List{{File: name, Rule: problem.NotAllowed,
			Message: fmt.Sprintf("expected one Approval, found %d documents", count), Mend: "give each approval a file of its own"}}
	}
	decoded, problems := environments.DecodeApproval(parsed, parsed.Documents[0])
	if len(problems) > 0 {
		return File{}, problems
	}
	spec := decoded.Spec
	statement := Statement{Unit: spec.Unit, Content: spec.Content, Expires: spec.Expires.UTC()}
	if err := statement.Check(); err != nil {
		line, _ := parsed.Documents[0].Nearest("spec.expires") // all else the schema says
		return File{}, problem.List{{File: name, Line: line, Field: "spec.expires", Rule: problem.InvalidValue, Message: err.Error(), Mend: "ask for approval again"}}
	}
	return File{Name: name, Statement: statement, Armored: []byte(spec.Signature)}, nil
}

// unreadable is the problem of a file or directory, without its path, which is said already.
func unreadable(name string, err error) problem.Problem {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return problem.Problem{File: name, Rule: problem.UnreadableFile, Message: "cannot read it: " + err.Error(), Mend: "make it a readable file"}
}
