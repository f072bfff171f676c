package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// digest names what building the module in dir yields: the module's files, the
// toolchain and the way of building. The same digest means the same binaries.
func (m Module) digest(dir, toolchain string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, toolchain, m.args("", ""))
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !built(path) {
			return err
		}
		return addFile(sum, dir, path)
	})
	if err != nil {
		return "", m.doing("reading its source", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// built reports whether a file matters to the binaries.
func built(path string) bool {
	switch filepath.Base(path) {
	case "go.mod", "go.sum":
		return true
	}
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
}

// addFile adds a file's name and content; the lengths keep them apart.
func addFile(sum hash.Hash, dir, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return err
	}
	fmt.Fprintln(sum, filepath.ToSlash(name), len(content))
	sum.Write(content)
	return nil
}
