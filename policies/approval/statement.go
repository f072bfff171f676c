package approval

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Purposes of signatures (SSHSIG namespaces).
const (
	// Namespace is that of approvals of units.
	Namespace = "approval@penstock.dev"
	// RulesNamespace is that of approvals of a change of the rules.
	RulesNamespace = "rules@penstock.dev"
)

// RulesUnit stands for the unit where the rules are approved.
const RulesUnit = "rules"

// MaxLifetime is how long an approval may be given for. One that ends later than that from now does not count yet.
const MaxLifetime = 90 * 24 * time.Hour

// Statement is what somebody agrees to.
type Statement struct {
	// Unit as in prod/llama-3-8b, or RulesUnit.
	Unit string
	// Content is the digest of what is approved: sha256: and 64 hex digits.
	Content string
	// Expires is when the approval ends, in whole seconds. At that very moment it has ended.
	Expires time.Time
}

// Text is what is signed. Its form is part of the format of approvals, and never changes within a version.
func (s Statement) Text() []byte {
	return fmt.Appendf(nil, "Penstock approval, version 1\nunit: %s\ncontent: %s\nexpires: %s\n", s.Unit, s.Content, s.Expires.UTC().Format(time.RFC3339))
}

// Namespace is the purpose for which it is signed.
func (s Statement) Namespace() string {
	if s.Unit == RulesUnit {
		return RulesNamespace
	}
	return Namespace
}

// What the fields of a text look like, so that no field can be taken for two.
var (
	unitForm    = regexp.MustCompile(`^(rules|[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?)$`)
	contentForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Check refuses what has no one text, or none that says something.
func (s Statement) Check() error {
	switch at := s.Expires; {
	case !unitForm.MatchString(s.Unit):
		return fmt.Errorf("%.128q is no unit; name one as in prod/llama-3-8b, or %s", s.Unit, RulesUnit)
	case !contentForm.MatchString(s.Content):
		return fmt.Errorf("%.128q is no digest of content; it is written sha256: and 64 hex digits", s.Content)
	case at.IsZero():
		return errors.New("the approval never ends; say when")
	case at.Nanosecond() != 0 || at.Unix() < 0 || at.UTC().Year() > 9999:
		return fmt.Errorf("the approval ends at %v, which is no whole second between 1970 and 9999", at)
	}
	return nil
}
