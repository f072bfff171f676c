package demo

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/test/gitserver"
)

// The people of the story.
var (
	ada   = gitserver.Person{Name: "Ada Lovelace", Email: "ada@example.com"}
	grace = gitserver.Person{Name: "Grace Hopper", Email: "grace@example.com"}
)

// gitUser is who has a token, as the big forges call it: any name will do.
const gitUser = "git"

// cloneURL is the engineers' URL of the repository, with the token in it.
func (s *stage) cloneURL() string {
	return strings.Replace(s.publicDoor.URL, "://", "://"+gitUser+":"+s.token+"@", 1)
}

func newToken() string { return "demo-" + strings.ToLower(rand.Text()) }

// push is a commit that has come to the main branch.
type push struct {
	commit string
	at     time.Time // when it was on its way; nobody can have seen it before
}

// push makes a commit as an engineer would, and shows what it changes, line by line.
func (s *stage) push(change gitserver.Change) (push, error) {
	pushed, err := s.pushQuietly(change)
	if err != nil {
		return push{}, err
	}
	diff, err := s.repository.Git(nil, "show", "--format=", "--unified=0", "--no-renames", pushed.commit)
	if err != nil {
		return push{}, err
	}
	s.said(change, pushed)
	s.quote(margin + strings.ReplaceAll(changedLines(diff), "\n", "\n"+margin))
	return pushed, nil
}

// pushSummarized is push for changes that are better shown by the number of their lines.
func (s *stage) pushSummarized(change gitserver.Change) (push, error) {
	pushed, err := s.pushQuietly(change)
	if err != nil {
		return push{}, err
	}
	stat, err := s.repository.Git(nil, "show", "--format=", "--stat=76", pushed.commit)
	if err != nil {
		return push{}, err
	}
	s.said(change, pushed)
	s.quote(" " + strings.ReplaceAll(stat, "\n", "\n "))
	return pushed, nil
}

func (s *stage) pushQuietly(change gitserver.Change) (push, error) {
	began := time.Now()
	commit, err := s.repository.Commit(change)
	if err != nil {
		return push{}, fmt.Errorf("pushing %q: %w", change.Message, err)
	}
	return push{commit: commit, at: began}, nil
}

func (s *stage) said(change gitserver.Change, pushed push) {
	name, _, _ := strings.Cut(change.Author.Name, " ")
	s.line("")
	s.line(margin + name + " pushes " + s.paint(dim, pushed.commit[:7]) + " " + s.paint(bold, change.Message))
}

// file reads a file of the main branch.
func (s *stage) file(path string) (string, error) {
	content, err := s.repository.Git(nil, "show", gitserver.DefaultBranch+":"+path)
	if err != nil {
		return "", fmt.Errorf("reading %s of the repository: %w", path, err)
	}
	return content + "\n", nil // which Git took off
}

// edited is a file of the main branch with one text in the place of another, which it must have once.
func (s *stage) edited(path, old, text string) (string, error) {
	content, err := s.file(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(content, old); n != 1 {
		return "", fmt.Errorf("editing %s: it has %q %d times, and the demo expects it once", path, old, n)
	}
	return strings.Replace(content, old, text, 1), nil
}

// changedLines are the lines of a diff that say something to a person: the files' names, and what was
// taken out and put in.
func changedLines(diff string) string {
	var lines []string
	for line := range strings.SplitSeq(diff, "\n") {
		switch {
		case strings.HasPrefix(line, "diff --git "):
			_, path, _ := strings.Cut(line, " b/")
			lines = append(lines, path)
		case strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		case strings.HasPrefix(line, "-"), strings.HasPrefix(line, "+"):
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
