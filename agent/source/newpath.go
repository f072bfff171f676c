package source

import (
	"errors"
	"io/fs"
	"strings"
	"unicode"
)

const (
	maxName = 255     // bytes of one name: what file systems take
	maxPath = 4 << 10 // bytes of a path: above it git fsck warns
)

var errUnsafeName = errors.New("the name is unsafe to check out on some system; use letters, digits, dots, dashes and underscores")

// checkNewPath refuses paths that are not to be written, although a repository
// may hold some of them: what Windows or macOS would take for another name, and
// files by which Git itself is told what to do.
func checkNewPath(name string) error {
	if err := checkPath(name); err != nil {
		return err
	}
	if name == "." || len(name) > maxPath {
		return fs.ErrInvalid
	}
	for part := range strings.SplitSeq(name, "/") {
		if unsafeName(part) {
			return errUnsafeName
		}
	}
	return nil
}

func unsafeName(part string) bool {
	lower := strings.ToLower(part)
	return len(part) > maxName || strings.ContainsAny(part, `\:`) || strings.HasPrefix(lower, "git~") ||
		strings.HasPrefix(lower, ".git") && lower != ".gitignore" && lower != ".gitkeep" ||
		strings.ContainsFunc(part, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
}
