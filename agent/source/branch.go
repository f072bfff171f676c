package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkBranch applies the rules of git check-ref-format --branch. A name that
// Git would not create can only be a mistake, or an attempt to be read as an
// option, a refspec or a path. A part that is @ git would allow; go-git does not.
func checkBranch(name string) error {
	if fault := branchFault(name); fault != "" {
		return invalid(fmt.Sprintf("the branch name %q %s", name, fault),
			"give the name as git branch shows it, without refs/heads/")
	}
	return nil
}

// branchFault returns what is wrong with a branch name, or nothing.
func branchFault(name string) string {
	switch {
	case name == "" || name == "@" || name == "HEAD":
		return "is not a branch"
	case len(name) > 255:
		return "is longer than 255 bytes"
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case strings.HasPrefix(name, "-"):
		return "begins with a dash"
	case strings.HasPrefix(name, "refs/"):
		return "is a full ref name"
	case strings.ContainsFunc(name, isControl):
		return "holds a control character"
	case strings.ContainsAny(name, " ~^:?*[\\"):
		return `holds one of: space ~ ^ : ? * [ \`
	case strings.Contains(name, "..") || strings.Contains(name, "@{"):
		return "holds .. or @{"
	case strings.HasSuffix(name, "."):
		return "ends with a dot"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "@" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return "has a part that is empty or @, begins with a dot or ends with .lock"
		}
	}
	return ""
}
