package source

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// maxDetail bounds what a server may put into one of our errors.
const maxDetail = 300

// redact returns text that came from elsewhere, fit to be shown: without the
// secrets of a, in any of the forms that a server or a library could echo,
// without control characters, and not endless.
func (a Auth) redact(text string) string {
	forms := a.secretForms()
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, "(redacted)")
	}
	replacer := strings.NewReplacer(pairs...)
	text = strings.ToValidUTF8(replacer.Replace(text), "?")
	text = strings.Join(strings.FieldsFunc(text, isControl), " ")
	text = replacer.Replace(text) // A control character may have hidden one.
	if len(text) > maxDetail {
		text = text[:maxDetail] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}

// secretForms lists every spelling of every secret, longest first, because a
// replacer takes the first that fits.
func (a Auth) secretForms() []string {
	raw := []string{a.Password, a.BearerToken}
	if a.Username != "" {
		raw = append(raw, a.Username+":"+a.Password)
	}
	if len(a.Username) >= 16 { // Some servers take a token as the username.
		raw = append(raw, a.Username)
	}
	for line := range strings.Lines(string(a.Identity)) {
		raw = append(raw, strings.TrimSpace(line))
	}
	var forms []string
	for _, secret := range raw {
		if secret != "" {
			forms = append(forms, spellings(secret)...)
		}
	}
	slices.SortFunc(forms, func(x, y string) int { return len(y) - len(x) })
	return forms
}

// spellings returns a secret as it is, escaped for URLs, and in base64.
func spellings(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		padded := enc.EncodeToString([]byte(secret))
		all = append(all, padded, strings.TrimRight(padded, "="))
	}
	return all
}
