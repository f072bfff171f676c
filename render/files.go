package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// File is a file of the repository that a unit was rendered from.
type File struct {
	// Name in the repository, with slashes.
	Name string
	// SHA256 of its bytes as they are in the repository, in hex.
	SHA256 string
}

// read are the files that a build read, sorted by name.
func (c *closure) read() []File {
	files := make([]File, 0, len(c.sums))
	for name, sum := range c.sums {
		files = append(files, File{Name: name, SHA256: hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files
}

// contentOf is a digest of files that are sorted by name: that of the lines which sha256sum prints for them, so that
// anybody with a clone can compute it anew.
func contentOf(files []File) string {
	lines := sha256.New()
	for _, f := range files {
		lines.Write([]byte(f.SHA256 + "  " + f.Name + "\n")) // a hash takes everything
	}
	return "sha256:" + hex.EncodeToString(lines.Sum(nil))
}
