package forge

import (
	"fmt"
	"regexp"
	"strings"
)

// branchPattern is stricter than git-check-ref-format: a colon would name another owner at GitHub and Gitea.
var branchPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./@+=,#-]*$`)

// checkBranches refuses branches that are no names of branches, and heads that are not ours.
func checkBranches(head, base string) error {
	for _, name := range []string{head, base} {
		if !validBranch(name) {
			return &Error{Fault: InvalidRequest, Problem: fmt.Sprintf("%.200q cannot be the name of a branch", name)}
		}
	}
	if !strings.HasPrefix(head, BranchPrefix) {
		return notOurs(head)
	}
	return nil
}

func validBranch(name string) bool {
	return len(name) <= 255 && branchPattern.MatchString(name) && !strings.Contains(name, "..") &&
		!strings.Contains(name, "//") && !strings.HasSuffix(name, "/") && !strings.HasSuffix(name, ".")
}

func notOurs(head string) *Error {
	return &Error{Fault: InvalidRequest,
		Problem: fmt.Sprintf("the branch %q does not begin with %s, so its pull requests belong to somebody else", head, BranchPrefix)}
}

// checkWanted refuses what cannot be a pull request of ours.
func checkWanted(w Wanted) error {
	if err := checkBranches(w.Head, w.Base); err != nil {
		return err
	}
	if w.title() == "" {
		return &Error{Fault: InvalidRequest, Problem: "the pull request has no title"}
	}
	return checkKey(w.Key)
}

// checkOurs refuses a pull request that the forge shows as another than the one that is meant.
func checkOurs(found *PullRequest, meant PullRequest) error {
	switch {
	case !strings.HasPrefix(found.Head, BranchPrefix):
		return notOurs(found.Head)
	case found.fork:
		return &Error{Fault: InvalidRequest, Problem: "its branch is in a fork, so it belongs to somebody else"}
	case found.Head != meant.Head:
		return &Error{Fault: InvalidRequest, Problem: fmt.Sprintf("it is of the branch %q, and not of %q", found.Head, meant.Head)}
	}
	return nil
}
