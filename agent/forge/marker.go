package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxTitle = 250    // characters; GitLab and Gitea take 255, GitHub 256
	maxBody  = 60_000 // bytes; GitHub takes 65,536 characters
	maxKey   = 200
)

// keyPattern has nothing in it that could end an HTML comment or the key.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9 ._/:@+=,]|-[A-Za-z0-9 ._/:@+=,])*$`)

var (
	marker = regexp.MustCompile(`<!-- penstock: ([A-Za-z0-9 ._/:@+=,-]{1,200}); text ([0-9a-f]{12})(; withdrawn)? -->`)
	// markerLike is what must not be in a text that is not ours, or it could be taken for a marker.
	markerLike = regexp.MustCompile(`(?i)<!--\s*penstock\s*:`)
)

// checkKey reports what is wrong with a key.
func checkKey(key string) error {
	if len(key) > maxKey || !keyPattern.MatchString(key) {
		return &Error{Fault: InvalidRequest,
			Problem: fmt.Sprintf("the key %.*q cannot stand in a comment", maxKey, key),
			Mend:    "name the content with at most 200 letters, digits, spaces and . _ / : @ + = , -, as in prod/llama rel-3f2a91c"}
	}
	return nil
}

// title is the title as it is sent.
func (w Wanted) title() string {
	title := strings.Join(strings.Fields(strings.ToValidUTF8(w.Title, "?")), " ")
	if utf8.RuneCountInString(title) > maxTitle {
		title = string([]rune(title)[:maxTitle-1]) + "…"
	}
	return title
}

// body is the body as it is sent: the text, cut if need be, and the marker.
func (w Wanted) body() string {
	return w.text() + "\n\n" + mark(w.Key, w.digest(), false)
}

// text is the body without its marker.
func (w Wanted) text() string {
	text := markerLike.ReplaceAllString(strings.ToValidUTF8(w.Body, "?"), "<!-- (penstock):")
	text = strings.TrimRight(text, " \t\r\n")
	if len(text) <= maxBody {
		return text
	}
	text = strings.ToValidUTF8(text[:maxBody], "")
	if end := strings.LastIndexByte(text, '\n'); end > 0 {
		text = text[:end]
	}
	return text + "\n\n*The rest is left out, because the forge takes no longer text.*"
}

// digest names the text that is published, title and body.
func (w Wanted) digest() string {
	sum := sha256.Sum256([]byte(w.title() + "\x00" + w.text()))
	return hex.EncodeToString(sum[:])[:12]
}

// mark writes the comment that browsers do not show.
func mark(key, digest string, withdrawn bool) string {
	suffix := ""
	if withdrawn {
		suffix = "; withdrawn"
	}
	return "<!-- penstock: " + key + "; text " + digest + suffix + " -->"
}

// readMarker fills in what the body's marker says. The last one counts: a text that people quote comes before it.
func (pr *PullRequest) readMarker() {
	all := marker.FindAllStringSubmatch(pr.Body, -1)
	if len(all) == 0 {
		return
	}
	last := all[len(all)-1]
	pr.Key, pr.text, pr.Withdrawn = last[1], last[2], last[3] != ""
}

// withdrawn is the body of a pull request that is closed because it is not wanted any more. A body without a marker
// gets none: nobody would take it for declined.
func (pr *PullRequest) withdrawn() string {
	if pr.Key == "" || pr.Withdrawn {
		return pr.Body
	}
	old := mark(pr.Key, pr.text, false)
	at := strings.LastIndex(pr.Body, old)
	return pr.Body[:at] + mark(pr.Key, pr.text, true) + pr.Body[at+len(old):]
}

// says reports whether a pull request was last written with just this content and text. What people edited since then
// stays as it is.
func (pr *PullRequest) says(w Wanted) bool {
	return pr.Key == w.Key && pr.text == w.digest() && !pr.Withdrawn
}
