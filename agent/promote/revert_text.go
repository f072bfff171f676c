package promote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/agent/check"
)

// Subject is the first line of the commit, and the title of the pull request.
func (r *Revert) Subject() string {
	return fmt.Sprintf("Revert %s in %s from %s to %s", r.Model, r.Environment, r.Back.Release, r.Back.ToRelease)
}

// Text tells of the revert. The gates are what policy says of it, and the report what penstock check does; nil without.
func (r *Revert) Text(gates []Gate, report *check.Report) Text {
	t := Text{Title: r.Subject(), Message: r.message(gates), Substance: r.substance(gates, report)}
	t.Body = r.body(gates, report) + "\n" + t.mark() + "\n"
	return t
}

// reason says what failed, since when, and what runs.
func (r *Revert) reason() string {
	return fmt.Sprintf("%s failed in %s within its probation and was taken back at %s: %s. Since then %s runs again, which had been healthy there. Git still asks for %s, which is not tried again; with this change Git asks for what runs.",
		r.Back.Release, r.Environment, stamp(r.Back.Since.Time), strings.TrimRight(oneLine(r.Back.Message, 600), "."), r.Back.ToRelease, r.Back.Release)
}

// restored announces the files.
func (r *Revert) restored() string {
	if !r.Whole {
		return fmt.Sprintf("This is as it was at commit %.12s, and the placement stays as it is now:", r.Back.ToCommit)
	}
	return fmt.Sprintf("These are as they were at commit %.12s, with whatever else has changed in them since, since the release is not in a %s of its own that would be enough:", r.Back.ToCommit, ReleaseFile)
}

// fileLines are the files, one a line.
func (r *Revert) fileLines() []string {
	const most = 20
	var lines []string
	for i, name := range r.Uncommitted() {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(r.files)-i))
			break
		}
		if r.files[name] == nil {
			lines = append(lines, oneLine(name, longest)+" is removed")
			continue
		}
		lines = append(lines, oneLine(name, longest))
	}
	return lines
}

// origin announces commits.
func (r *Revert) origin() string { return fmt.Sprintf("%s was brought by:", r.Back.Release) }

// commits are who brought the release that failed, one a line.
func (r *Revert) commits() []string {
	if len(r.Commits) > mostCommits {
		return commitLines(r.Commits[:mostCommits], true)
	}
	return commitLines(r.Commits, false)
}

// message is the whole message of the commit.
func (r *Revert) message(gates []Gate) string {
	paragraphs := []string{r.Subject(), wrap(r.reason()), wrap(r.restored()) + "\n" + listed(r.fileLines())}
	if commits := r.commits(); len(commits) > 0 {
		paragraphs = append(paragraphs, r.origin()+"\n"+listed(commits))
	}
	if len(gates) > 0 {
		paragraphs = append(paragraphs, wrap(strings.Join(gateSentences(gates), " ")))
	}
	return strings.Join(append(paragraphs, r.trailers()), "\n\n")
}

// body is the text of the pull request.
func (r *Revert) body(gates []Gate, report *check.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The agent went back from `%s` to `%s` by itself, as `rollback: auto` of **%s** in %s asks for. Merge this to have Git agree, or mend the release instead.\n\n",
		r.Back.Release, r.Back.ToRelease, inline(r.Model), inline(r.Environment))
	fmt.Fprintf(&b, "%s\n", inline(r.reason()))
	section(&b, r.restored(), r.fileLines())
	if commits := r.commits(); len(commits) > 0 {
		section(&b, r.origin(), commits)
	}
	if len(gates) > 0 {
		b.WriteString("\nWhat policy says of it, as of any rollback. The release runs already, whatever they say.\n")
	}
	gateTable(&b, gates)
	fold(&b, report)
	fmt.Fprintf(&b, "\n<sub>Made by penstock from commit %.12s. It is closed by itself when Git asks for something else; close it to decline it. Commits that you add to the branch are kept.</sub>\n", r.Back.ToCommit)
	return b.String()
}

// substance is a digest of what is told.
func (r *Revert) substance(gates []Gate, report *check.Report) string {
	parts := []string{r.Key(), r.Back.Message, strings.Join(r.Uncommitted(), " "), fmt.Sprint(r.Whole)}
	for _, c := range r.Commits {
		parts = append(parts, c.Hash)
	}
	for _, g := range gates {
		parts = append(parts, g.Name+" "+string(g.State))
	}
	if report != nil {
		parts = append(parts, report.Summary())
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
