package environments

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// location is what follows the scheme of a source: a pattern, its form in words, and an example.
type location struct {
	pattern       *regexp.Regexp
	form, example string
}

// port follows the name of a host: 1 to 65535.
const port = `(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?`

// locations by scheme.
var locations = map[string]location{
	"hf":    {regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*)?$`), "owner/name", "hf://meta-llama/Llama-3.1-8B-Instruct, with the commit in revision"},
	"s3":    {regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#\\]*)?$`), "bucket/path, where the bucket has 3 to 63 lower-case letters, digits, dots and dashes", "s3://models/llama-3-8b"},
	"gs":    {regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^?#\\]*)?$`), "bucket/path, where the bucket has 3 to 63 lower-case letters, digits, dots, dashes and underscores", "gs://models/llama-3-8b"},
	"https": {regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*` + port + `/[^?#\\]+$`), "host/path, with a port of at most 65535 if any, and without a query, which might hold a secret", "https://models.example.com/llama-3-8b.gguf"},
	"oci":   {regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?` + port + `(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+$`), "registry/repository", "oci://registry.example.com/models/llama-3-8b, with the digest in revision"},
	"pvc":   {regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*(/[^/?#\\]+)*/?$`), "claim/path", "pvc://weights/llama-3-8b"},
	"model": {regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*)*$`), "path", "model://adapters/sql"},
}

// source checks a URL of weights: it tells nobody a secret, and what follows the scheme is as the scheme has
// it. Secret says where a token belongs instead.
func (c *specCheck) source(field, source, secret string) {
	scheme, rest, _ := strings.Cut(source, "://")
	form, known := locations[scheme]
	if !known || !c.plain(field, source, secret) {
		return
	}
	if !form.pattern.MatchString(rest) || slices.Contains(strings.Split(rest, "/"), "..") {
		c.invalid(field, "write it as in "+form.example, "expected %s://%s, found %s", scheme, form.form, foundString(nil, withoutQuery(source)))
	}
}

// plain refuses URLs that hold a secret or hide what they say.
func (c *specCheck) plain(field, url, secret string) bool {
	_, rest, _ := strings.Cut(url, "://")
	authority, _, _ := strings.Cut(rest, "/")
	user, host, at := strings.Cut(authority, "@")
	if at && !strings.HasPrefix(host, "sha256:") && user != "" {
		c.refuse(field, "remove it, and "+secret, "the URL has a user name or password before its @, which would be shown wherever the URL is")
		return false
	}
	return c.legible(field, url)
}

// legible refuses characters that look like a space or like nothing, whose path or host is not what it seems.
func (c *specCheck) legible(field, text string) bool {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			c.invalid(field, "delete the character", "found the invisible character U+%04X; expected text that reads as it looks", r)
			return false
		}
	}
	return true
}

// withoutQuery cuts off the part of a URL that may hold a secret.
func withoutQuery(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		return url[:i+1] + "…"
	}
	return url
}

var (
	commit = regexp.MustCompile(`^[0-9a-f]{40}$`)
	digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	// floating are the names of what moves, in any case of letters.
	floating = []string{"main", "master", "trunk", "latest", "newest", "head", "stable", "current", "nightly", "edge", "dev"}
)

// pinned refuses a revision of what is served that does not say for ever which bytes are meant, where the
// environment does not take one.
func (c *specCheck) pinned(field, scheme, revision string) {
	c.fixed(field, scheme, revision, "what is served must not change by itself")
}

// fixed is pinned, for another reason.
func (c *specCheck) fixed(field, scheme, revision, why string) {
	if c.unit.Environment.AllowsFloatingRevisions() {
		return
	}
	expected, example := "a version", "revision: 2026-11-01"
	pinned := revision != "" && !slices.Contains(floating, strings.ToLower(revision))
	switch scheme {
	case "hf":
		expected, example, pinned = "the 40 hex digits of a commit", "revision: 0e9e39f249a16976918f6564b8830bc894c89659", commit.MatchString(revision)
	case "oci", "https":
		expected, example, pinned = "a digest", "revision: sha256:… with 64 hex digits", digest.MatchString(revision)
	}
	mend := "write it as in " + example + "; or " + c.allowing()
	switch {
	case pinned:
	case revision == "":
		c.missing(field, mend, "the field is missing, expected %s: %s", expected, why)
	default:
		c.refuse(field, mend, "expected %s, since %s, found %q", expected, why, cut(revision))
	}
}

// allowing says how the environment would take a floating revision.
func (c *specCheck) allowing() string {
	return "let spec.allowFloatingRevisions of " + c.unit.Environment.Dir + "/" + EnvironmentFile + " be true"
}
