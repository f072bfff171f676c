package approval

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// maxFiles is how many approvals a directory may hold: each costs a signature to verify.
const maxFiles = 64

// File is an approval as somebody committed it. Whether it counts, Verify says.
type File struct {
	// Name of the file in the repository.
	Name string
	Statement
	// Armored is the signature.
	Armored []byte
}

// Load reads the approvals of a directory: its files *.yaml and *.yml, each with one. A directory that is not there holds
// none. A file that is wrong is a problem, and the others count all the same.
func Load(fsys fs.FS, dir string) ([]File, problem.List) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	var files []File
	var problems problem.List
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		if !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
			continue
		}
		if len(files)+len(problems) == maxFiles {
			problems = append(problems, problem.Problem{File: dir, Rule: problem.TooLarge, Message: "it holds too many approvals", Mend: "delete those that have expired"})
			break
		}
		file, wrong := read(fsys, name)
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
		return File{}, problem.List{{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error(), Mend: "make it a regular file"}}
	}
	parsed, problems := document.Parse(name, data)
	if len(problems) > 0 {
		return File{}, problems
	}
	if len(parsed.Documents) != 1 {
		return File{}, problem.List{{File: name, Rule: problem.NotAllowed, Message: "expected one approval", Mend: "give each approval a file of its own"}}
	}
	decoded, problems := environments.DecodeApproval(parsed, parsed.Documents[0])
	if len(problems) > 0 {
		return File{}, problems
	}
	spec := decoded.Spec
	return File{
		Name: name, Armored: []byte(spec.Signature),
		Statement: Statement{Unit: spec.Unit, Content: spec.Content, Expires: spec.Expires.UTC()},
	}, nil
}
