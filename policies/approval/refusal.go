package approval

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/policies/trust"
)

// Every reason why an approval does not count is a Refusal, as those of signatures are.
var _ = []trust.Refusal{WrongUnitError{}, ChangedError{}, EndedError{}, TooLongError{}}

// WrongUnitError: it is for another unit, perhaps the same model in another environment.
type WrongUnitError struct{ Approved, Expected string }

// Rule is WrongUnit.
func (WrongUnitError) Rule() string { return "WrongUnit" }
func (e WrongUnitError) Error() string {
	return fmt.Sprintf("it approves %s and not %s; run penstock approve %s", e.Approved, e.Expected, e.Expected)
}

// ChangedError: what was approved is not what there is.
type ChangedError struct{ Unit, Approved, Now string }

// Rule is ContentChanged.
func (ChangedError) Rule() string { return "ContentChanged" }
func (e ChangedError) Error() string {
	what := "a file that the unit reads"
	if e.Unit == RulesUnit {
		what = "one of the rules"
	}
	return fmt.Sprintf("it approves %s, and the files are now %s: %s has changed since; ask for approval again", short(e.Approved), short(e.Now), what)
}

// EndedError: it was given until an earlier time.
type EndedError struct {
	At    time.Time // when it ended
	Asked time.Time // the time that was handed in
}

// Rule is ApprovalExpired.
func (EndedError) Rule() string { return "ApprovalExpired" }
func (e EndedError) Error() string {
	return fmt.Sprintf("it ended at %s, and this is judged as of %s; ask for approval again", stamp(e.At), stamp(e.Asked))
}

// TooLongError: it ends so late that it cannot have been given for MaxLifetime at most.
type TooLongError struct {
	At    time.Time // when it ends
	Asked time.Time // the time that was handed in
}

// Rule is LifetimeTooLong.
func (TooLongError) Rule() string { return "LifetimeTooLong" }
func (e TooLongError) Error() string {
	return fmt.Sprintf("it ends at %s, more than %d days after %s; approve for a shorter time", stamp(e.At), int(MaxLifetime/(24*time.Hour)), stamp(e.Asked))
}

// short is the beginning of a digest, by which people can tell two apart.
func short(digest string) string {
	if len(digest) <= 19 {
		return digest
	}
	return digest[:19] + "…"
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
