package render

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A refusal is why a reference to a file or directory is not followed.
type refusal struct{ rule, message, mend string }

// userAtHost begins what kustomize takes for an SSH address, even where a directory has that name.
var userAtHost = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@`)

// isRemote reports whether kustomize might take a reference for the address of something outside the
// repository. It errs on that side: no file in a repository of descriptors needs a colon in its name.
func isRemote(reference string) bool {
	return strings.ContainsAny(reference, ":?") || userAtHost.MatchString(reference) ||
		strings.HasPrefix(strings.ToLower(reference), "github.com/")
}

// resolve finds the name in the repository that a reference in the kustomization of a root means.
func resolve(root, reference string) (string, *refusal) {
	switch {
	case reference == "":
		return "", &refusal{ruleInvalidPath, "is empty", "name a file or directory of this repository, or remove the entry"}
	case isRemote(reference):
		return "", &refusal{
			ruleRemoteReference, fmt.Sprintf("%q lies outside the repository, and a build never uses the network", shorten(reference)),
			"copy what it refers to into the repository and name it by a relative path",
		}
	case path.IsAbs(reference):
		return "", &refusal{
			ruleAbsolutePath, fmt.Sprintf("%q is absolute", shorten(reference)), "name it relative to this kustomization",
		}
	case isGarbled(reference):
		return "", &refusal{
			ruleInvalidPath, fmt.Sprintf("%q is not the path of a file", shorten(reference)),
			"check the indentation of the list, and remove control characters and backslashes",
		}
	}
	name := path.Join(root, reference)
	if !fs.ValidPath(name) {
		return "", &refusal{
			rulePathEscape, fmt.Sprintf("%q leaves the repository", shorten(reference)), "name a file or directory of this repository",
		}
	}
	return name, nil
}

// isGarbled reports paths that come from wrong indentation, as in "../base - ../other", which cleaning
// would turn into the path of something else, or that different readers could read differently.
func isGarbled(reference string) bool {
	for part := range strings.SplitSeq(reference, "/") {
		if part != ".." && strings.Contains(part, "..") {
			return true
		}
	}
	return strings.ContainsFunc(reference, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f })
}

// isWithin reports whether a name lies in or below a directory.
func isWithin(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// shorten keeps a message readable, whatever the repository put into it.
func shorten(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
