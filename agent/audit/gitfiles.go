package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
)

// files compares the digests of files with the commit's tree.
func (c *gitCheck) files(commit string, in *records.Inputs, cut []string) {
	if len(in.Files) == 0 {
		return
	}
	tree, err := c.library.at(commit)
	if isAbsent(err) {
		return
	}
	c.result.Files += len(in.Files)
	for _, f := range in.Files {
		sum, err := c.library.sum(tree, f.Name)
		switch {
		case err != nil:
			c.disagree(otherFile, "%s is said to have been read at commit %.12s, where it cannot be: %v", f.Name, commit, err)
		case sum != f.SHA256:
			c.disagree(otherFile, "%s is said to be %.12s at commit %.12s, where it is %.12s", f.Name, f.SHA256, commit, sum)
		}
	}
	whole := !slices.ContainsFunc(cut, func(note string) bool { return strings.HasPrefix(note, "data.inputs.files") })
	if content := contentOf(in.Files); whole && content != in.Content {
		c.disagree(otherContent, "the content is said to be %.19s, and the files come to %.19s", in.Content, content)
	}
}

// contentOf is the digest that approvals of files are bound to: see render.Objects.
func contentOf(files []records.File) string {
	lines := sha256.New()
	for _, f := range files {
		lines.Write([]byte(f.SHA256 + "  " + f.Name + "\n")) // a hash takes everything
	}
	return "sha256:" + hex.EncodeToString(lines.Sum(nil))
}

// rules compares the digest of the rules with those of their commit.
func (c *gitCheck) rules(in *records.Inputs) {
	if in.Rules == "" || in.RulesCommit == "" {
		return
	}
	tree, err := c.library.at(in.RulesCommit)
	if isAbsent(err) {
		return
	}
	c.result.Rules++
	digest, err := c.library.rulesDigest(tree)
	switch {
	case err != nil:
		c.disagree(otherRules, "the rules of commit %.12s cannot be read: %v", in.RulesCommit, err)
	case digest != in.Rules:
		c.disagree(otherRules, "the rules are said to be %.19s at commit %.12s, where they are %.19s", in.Rules, in.RulesCommit, digest)
	}
}
