package forge

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// maxQuote bounds what a forge may put into one of our errors.
const maxQuote = 300

// redact returns text that came from elsewhere, fit to be shown: without the token in any of the forms that a server or
// a library could echo, without control characters, and not endless.
func redact(text, token string) string {
	text = hide(strings.ToValidUTF8(text, "?"), token)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	text = hide(text, token) // a control character may have hidden it
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return text
}

func hide(text, token string) string {
	if token == "" {
		return text
	}
	pairs := []string{token, "(redacted)", url.QueryEscape(token), "(redacted)", url.PathEscape(token), "(redacted)"}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		padded := encoding.EncodeToString([]byte(token))
		pairs = append(pairs, padded, "(redacted)", strings.TrimRight(padded, "="), "(redacted)")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
