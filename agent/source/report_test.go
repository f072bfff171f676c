package source

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// Only a report that says so, and nothing else, is taken for success.
func FuzzReport(f *testing.F) {
	p := &push{branch: "penstock/records/prod"}
	good := "000eunpack ok\n0029ok refs/heads/penstock/records/prod\n0000"
	f.Add([]byte(good), false)
	f.Add([]byte("000eunpack ok\n002cng refs/heads/penstock/records/prod no\n0000"), false)
	f.Add([]byte("003c\x01"+good+"0000"), true)
	f.Add([]byte("000a\x02hello0000"), true)
	f.Add([]byte("000a\x03hello0000"), true)
	f.Fuzz(func(t *testing.T, raw []byte, multiplexed bool) {
		able := capability.NewList()
		if multiplexed {
			_ = able.Set(capability.Sideband64k)
		}
		said, err := p.report(able, bytes.NewReader(raw))
		if len(said) > maxSaid {
			t.Errorf("%d bytes are kept of what was said", len(said))
		}
		var no declined
		if err == nil && !strings.Contains(string(raw), "ok refs/heads/penstock/records/prod") && !multiplexed {
			t.Errorf("%q is taken for success", raw)
		}
		if errors.As(err, &no) && no.why == "" && !bytes.Contains(raw, []byte("unpack ")) {
			t.Errorf("%q is taken for a refusal", raw)
		}
	})
}

// What is made is what git's own rules allow, whatever is asked for.
func FuzzBuilder(f *testing.F) {
	f.Add("a/b", "x", "Message", "Ada", "ada@example.com")
	f.Add("a/../b", "", "a\x00b", "A <b>", "")
	f.Fuzz(func(t *testing.T, name, data, message, author, email string) {
		b := NewBuilder(nil)
		if err := b.Put(name, []byte(data)); err == nil {
			for part := range strings.SplitSeq(name, "/") {
				if part == "" || part == "." || part == ".." || strings.EqualFold(part, ".git") || strings.ContainsAny(part, "\x00\n\\") {
					t.Errorf("%q is put", name)
				}
			}
		}
		id, err := b.Commit(Draft{Author: Person{Name: author, Email: email}, Message: message})
		if err == nil {
			t.Errorf("%s is made in the year 1", id) // the zero time
		}
		d := Draft{Author: Person{Name: author, Email: email, When: oneDay}, Message: message}
		if _, err := b.Commit(d); err != nil {
			return
		}
		all := overlay(b.Objects(), new(objects))
		for _, o := range b.Objects() {
			if o.kind.String() != "commit" {
				continue
			}
			c, err := all.commit(o.id)
			if err != nil || c.shown.Author.Name != author || c.shown.Author.Email != email || strings.TrimSuffix(c.shown.Message, "\n") != strings.TrimSuffix(message, "\n") {
				t.Errorf("%q %q %q became %+v, %v", author, email, message, c, err)
			}
		}
	})
}

var oneDay = time.Unix(1_780_000_000, 0).UTC()
