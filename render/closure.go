package render

import (
	"crypto/sha256"
	"slices"

	"github.com/penstock-dev/penstock/environments/document"
)

// closure is everything that one build may read, vetted: kustomize gets these files and nothing else.
type closure struct {
	// files by name in the repository. Kustomizations are written anew, as JSON, from what was vetted:
	// kustomize's parser and ours cannot then disagree about what they say.
	files map[string][]byte
	// sums are of the same files, as they are in the repository.
	sums map[string][sha256.Size]byte
	// documents are the YAML files that objects and patches come from, in the order in which kustomize
	// reads them: a base before what is laid over it.
	documents []*document.File
	// roots are the directories that were kustomizations, or should have been.
	roots map[string]bool
	// lone is true for a unit of one file, without a kustomization.
	lone bool
	// secret is true when something in the closure may be a secret, and so must not be quoted.
	secret bool
}

func newClosure() *closure {
	return &closure{files: map[string][]byte{}, sums: map[string][sha256.Size]byte{}, roots: map[string]bool{}}
}

// directories are the roots, sorted, with the unit's own.
func (c *closure) directories(unit string) []string {
	c.roots[unit] = true
	list := make([]string, 0, len(c.roots))
	for root := range c.roots {
		list = append(list, root)
	}
	slices.Sort(list)
	return list
}

// add notes documents that objects or patches come from. A file that is used twice counts where it is
// used last.
func (c *closure) add(file *document.File) {
	c.documents = slices.DeleteFunc(c.documents, func(f *document.File) bool { return f == file })
	c.documents = append(c.documents, file)
	for _, d := range file.Documents {
		c.secret = c.secret || d.Kind() == "Secret" || d.Kind() == "List" || d.Kind() == "SecretList"
	}
}
