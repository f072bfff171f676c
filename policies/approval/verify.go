package approval

import (
	"time"

	"github.com/penstock-dev/penstock/policies/trust"
)

// clockSkew is how much later than the clock of the machine that judges the clock of the one that signs may be.
const clockSkew = time.Hour

// Verify tells whose approval a file is, of a unit with just this content, as of a time. The error is a trust.Refusal that
// says why it does not count, for people.
func Verify(f File, signers *trust.Signers, unit, content string, now time.Time) (trust.Identity, error) {
	if err := f.covers(unit, content, now); err != nil {
		return trust.Identity{}, err
	}
	return signers.Verify(f.Text(), f.Armored, f.Namespace(), now)
}

// covers says whether the statement, if it is signed, is about what is asked.
func (s Statement) covers(unit, content string, now time.Time) error {
	switch {
	case s.Unit != unit:
		return WrongUnitError{Approved: s.Unit, Expected: unit}
	case s.Content != content:
		return ChangedError{Unit: unit, Approved: s.Content, Now: content}
	case !now.Before(s.Expires):
		return EndedError{At: s.Expires, Asked: now}
	case s.Expires.Sub(now) > MaxLifetime+clockSkew:
		return TooLongError{At: s.Expires, Asked: now}
	}
	if err := s.Check(); err != nil {
		return trust.MalformedSignatureError{Reason: err.Error()}
	}
	return nil
}
