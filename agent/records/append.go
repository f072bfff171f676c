package records

import (
	"errors"
	"fmt"
	"time"
)

const (
	// mostFacts is how many facts one commit takes.
	mostFacts = 1000
	// Skew is how far the clock of a writer may be ahead of a reader's.
	Skew = 5 * time.Minute
)

// Head is the end of a branch: its newest commit and the last fact in it. The zero Head is that of a branch which is not
// there yet. It can be kept as JSON.
type Head struct {
	// Commit is its id.
	Commit string `json:"commit,omitempty"`
	// Sequence, Digest and Time are those of the last fact.
	Sequence uint64    `json:"sequence,omitempty"`
	Digest   string    `json:"digest,omitempty"`
	Time     time.Time `json:"time,omitzero"`
}

// Commit is what is to be committed on top of Parent.
type Commit struct {
	// Parent is the id of the commit before; empty for the first of its branch.
	Parent string
	// Name and Email are of author and committer, and Time is when, in whole seconds.
	Name, Email string
	Time        time.Time
	// Message is subject, body and trailers.
	Message string
	// Files are to be added, by their paths. Nothing else changes.
	Files map[string][]byte
	// Facts are those in the files, numbered.
	Facts []Fact
	// Rest are facts that go into the next commit.
	Rest []Fact
	// Head is what the branch ends with then. Its Commit is still to be said: see Committed.
	Head Head
}

// Committed is the Head once the commit has an id.
func (c *Commit) Committed(id string) Head {
	head := c.Head
	head.Commit = id
	return head
}

// ErrClock is the error of Append when the last fact is later than now: a clock was wrong, then or now. Readers do not
// believe such a branch before its time, so nothing is added to it.
var ErrClock = errors.New("the last fact is of a time that is yet to come")

// Append says what to commit so that facts follow head, in their order, but those whose ids are in written, and those that
// are there twice. All are of one environment. A fact gets its number, the digest of the one before, and a time that is not
// before that of the one before and not after now. With nothing left to write, the Commit is nil.
//
// The facts are Bounded first. An error says which one cannot be written at all.
func Append(head Head, environment string, facts []Fact, written map[string]bool, now time.Time) (*Commit, error) {
	if head.Time.After(now.Add(Skew)) {
		return nil, fmt.Errorf("append to %s: %w: it is of %s, and now is %s; set the clock right, or wait",
			Branch(environment), ErrClock, head.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	c := &Commit{Parent: head.Commit, Name: WriterName, Email: emailOf(environment), Files: map[string][]byte{}, Head: head}
	if head.Sequence == 0 {
		c.Files[readmeFile] = readmeOf(environment)
	}
	seen := map[string]bool{}
	for i, f := range facts {
		if written[f.ID] || seen[f.ID] {
			continue
		}
		if len(c.Facts) == mostFacts {
			c.Rest = facts[i:]
			break
		}
		seen[f.ID] = true
		if err := c.add(f, environment, now); err != nil {
			return nil, err
		}
	}
	if len(c.Facts) == 0 {
		return nil, nil
	}
	c.Time = c.Head.Time.Truncate(time.Second)
	c.Message = messageOf(environment, c.Facts, c.Head.Digest)
	return c, nil
}

// add numbers a fact and links it to the one before.
func (c *Commit) add(f Fact, environment string, now time.Time) error {
	f = f.Bounded()
	if f.Environment != environment {
		return fmt.Errorf("append to %s: the fact %s is about %s", Branch(environment), f.ID, f.Unit())
	}
	if now = wholeTime(now); f.Time.After(now) {
		f.Time = now
	}
	if f.Time.Before(c.Head.Time) {
		f.Time = wholeTime(c.Head.Time)
	}
	f.Sequence, f.Previous = c.Head.Sequence+1, c.Head.Digest
	data, err := f.Marshal()
	if err != nil {
		return err
	}
	c.Files[f.Path()] = data
	c.Facts = append(c.Facts, f)
	c.Head.Sequence, c.Head.Digest, c.Head.Time = f.Sequence, Digest(data), f.Time
	return nil
}
