package approval

import (
	"fmt"
	"strings"
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

// MaxLifetime is how long an approval may be given for.
const MaxLifetime = 90 * 24 * time.Hour

// Statement is what somebody agrees to.
type Statement struct {
	// Unit as in prod/llama-3-8b, or RulesUnit.
	Unit string
	// Content is the digest of what is approved, as sha256:….
	Content string
	// Expires is when the approval ends.
	Expires time.Time
}

// Text is what is signed.
func (s Statement) Text() []byte {
	return []byte(fmt.Sprintf("Penstock approval, version 1\nunit: %s\ncontent: %s\nexpires: %s\n", s.Unit, s.Content, s.Expires.UTC().Format(time.RFC3339)))
}

// namespace is the purpose of the signature.
func (s Statement) namespace() string {
	if s.Unit == RulesUnit {
		return RulesNamespace
	}
	return Namespace
}

// check refuses what would make another text of it.
func (s Statement) check() error {
	if strings.ContainsAny(s.Unit+s.Content, "\n\r") || s.Unit == "" || s.Content == "" || s.Expires.IsZero() {
		return fmt.Errorf("the statement %q is not complete", s.Text())
	}
	return nil
}
