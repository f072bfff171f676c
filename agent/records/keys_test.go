package records_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
)

func TestAKeyCountsWhileItIsInForce(t *testing.T) {
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: noon.Add(d)} }
	for name, test := range map[string]struct {
		after, before *metav1.Time
		fault         string
	}{
		"always":               {},
		"from the first on":    {after: at(time.Minute)},
		"until after the last": {before: at(4*time.Minute + time.Millisecond)},
		"too late":             {after: at(time.Minute + time.Millisecond), fault: "is trusted only from 2026-11-23T12:01:00Z on"},
		"only until the last":  {before: at(4 * time.Minute), fault: "is trusted only before 2026-11-23T12:04:00Z, and the fact is of 2026-11-23T12:04:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBranch(t)
			b.begin()
			key := listed(b.key)
			key.ValidAfter, key.ValidBefore = test.after, test.before
			b.opts.Keys = keys(t, "staging", listed(keyOf(t, "another")), key)
			if test.fault == "" {
				b.sound()
				return
			}
			if _, fault := b.broken(); fault.Fault != records.ForeignKey || !strings.Contains(fault.Problem, test.fault) {
				t.Errorf("got %v", fault)
			}
		})
	}
}

func TestAKeyCanBeReplaced(t *testing.T) {
	b := newBranch(t)
	b.begin()
	old, turn := listed(b.key), &metav1.Time{Time: b.latest.Add(30 * time.Second)}
	b.key = keyOf(t, "the next one")
	b.write(b.next(records.Applied, "mistral", releaseB))
	next := listed(b.key)
	old.ValidBefore, next.ValidAfter = turn, turn
	b.opts.Keys = keys(t, "staging", old, next)
	if l := b.sound(); len(l.Keys()) != 2 {
		t.Errorf("keys %v", l.Keys())
	}
	b.opts.Keys = keys(t, "staging", next)
	if _, fault := b.broken(); fault.Fault != records.ForeignKey {
		t.Errorf("got %v", fault)
	}
}
