package policies

import (
	"fmt"
	"time"
)

// AgainKey is the key of the audit annotation by which a policy says when time alone will give it another answer, in
// RFC 3339: when a window opens, or a soak ends. Empty text is never. It is no fact of the decision.
const AgainKey = "again"

// state takes up what an audit annotation says.
func (r *run) state(name, text string) error {
	if name != AgainKey {
		r.decision.Facts[r.Policy.Name+"/"+name] = text
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("it is %q, expected a time such as 2026-12-31T00:00:00Z", shortened(text))
	}
	if at = at.UTC(); at.After(r.now) {
		r.again = earlier(r.again, &at)
	}
	return nil
}

// earlier is the earlier one of two times, either of which may be nil.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}
