package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/policies"
)

// Trailers by which somebody who is entitled to it overrides policies by their names, in an emergency.
const (
	TrailerOverride       = "Penstock-Override"
	TrailerOverrideReason = "Penstock-Override-Reason"
)

// overrideOf reads the override of the newest commit. Anybody can write a trailer: one that does not count is told of,
// and why.
func (r *Rules) overrideOf(s *Subject, newest maker) (*policies.Override, string) {
	trailers := byKey(newest.trailers)
	var named []string
	for _, value := range trailers[strings.ToLower(TrailerOverride)] {
		named = append(named, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	if len(named) == 0 {
		return nil, ""
	}
	refuse := func(format string, args ...any) (*policies.Override, string) {
		return nil, fmt.Sprintf("the trailer %s of commit %.12s does not count: ", TrailerOverride, newest.shown.ID) + fmt.Sprintf(format, args...)
	}
	why := strings.Join(trailers[strings.ToLower(TrailerOverrideReason)], " ")
	by := ""
	for _, principal := range r.settings.Overriders {
		if newest.identity.Is(principal) {
			by = principal
		}
	}
	switch {
	case newest.shown.Signature == nil:
		return refuse("%s", newest.shown.Unsigned)
	case len(r.settings.Overriders) == 0:
		return refuse("%s names nobody in spec.overriders", r.layout.Settings())
	case by == "":
		return refuse("it is signed by %s, and %s lets only %s override", strings.Join(newest.identity.Principals, ", "),
			r.layout.Settings(), strings.Join(r.settings.Overriders, ", "))
	case !s.isAsIn(newest.shown.ID):
		return refuse("the unit is not as that commit has it: who overrides a policy looked at something else")
	case strings.TrimSpace(why) == "":
		return refuse("there is no trailer %s that says why", TrailerOverrideReason)
	}
	return &policies.Override{Policies: named, Reason: why, By: by, Commit: newest.shown.ID}, r.unknownOf(s, newest.shown.ID, named)
}

// unknownOf says which names of an override are no policies of the environment, as when one is misspelt.
func (r *Rules) unknownOf(s *Subject, commit string, named []string) string {
	selected := r.environments[s.Unit.Environment.Name].selected
	unknown := slices.DeleteFunc(slices.Clone(named), func(name string) bool {
		return slices.ContainsFunc(selected, func(p policies.Selection) bool { return p.Policy.Name == name })
	})
	if len(unknown) == 0 {
		return ""
	}
	return fmt.Sprintf("the trailer %s of commit %.12s names %q, which %s has no policy of: write names as penstock policy list shows them, with commas",
		TrailerOverride, commit, strings.Join(unknown, ", "), s.Unit.Environment.Name)
}

// isAsIn says whether all that the unit reads is as a commit has it. By the dates of commits, which are claims, an old one
// with an override could be made to look like the newest.
func (s *Subject) isAsIn(commit string) bool {
	if s.At == nil {
		return false
	}
	tree, err := s.At(commit)
	if err != nil {
		return false
	}
	now := map[string]string{}
	if s.Wanted != nil {
		for _, f := range s.Wanted.Files {
			now[f.Name] = f.SHA256
		}
	}
	for _, name := range s.FileNames() {
		data, err := fs.ReadFile(tree, name)
		wanted, there := now[name]
		switch {
		case errors.Is(err, fs.ErrNotExist) && !there:
		case err != nil || !there:
			return false
		case wanted != hexSum(data):
			return false
		}
	}
	return true
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
