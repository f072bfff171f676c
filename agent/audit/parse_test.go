package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/audit"
)

func TestATimeIsSaidInOneWay(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		text  string
		end   bool
		want  string
		words string
	}{
		{"now", true, "2026-11-23T15:00:00Z", "now"},
		{"2026-11-01T10:00:00+01:00", true, "2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z"},
		{"2026-11-01", false, "2026-11-01T00:00:00Z", "the beginning of 2026-11-01 in UTC"},
		{"2026-11-01", true, "2026-11-01T23:59:59.999Z", "the end of 2026-11-01 in UTC"},
		{"2026-11-23", true, "2026-11-23T15:00:00Z", "2026-11-23 so far, in UTC"},
		{"2026-11-24", true, "2026-11-24T23:59:59.999Z", "the end of 2026-11-24 in UTC"},
	} {
		at, words, err := audit.ParseTime(test.text, test.end, now)
		if err != nil || at.Format(time.RFC3339Nano) != test.want || words != test.words {
			t.Errorf("%s: %s, %q, %v", test.text, at.Format(time.RFC3339Nano), words, err)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "2026-11-01 10:00", "2026-11-01T10:00", "11/01/2026"} {
		if _, _, err := audit.ParseTime(text, true, now); err == nil || !strings.Contains(err.Error(), "is no time") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAPinIsReadAsItIsPrinted(t *testing.T) {
	pin := audit.Pin{Environment: "prod", Sequence: 41, Digest: "sha256:" + strings.Repeat("ab", 32)}
	if got, err := audit.ParsePin(pin.String()); err != nil || got != pin {
		t.Errorf("%v, %v", got, err)
	}
	if pins, err := audit.ParsePins([]byte("# noted in June\n\n" + pin.String() + "\n")); err != nil || len(pins) != 1 || pins[0] != pin {
		t.Errorf("%v, %v", pins, err)
	}
	for _, text := range []string{"", "prod", "prod=41", "prod=0:" + pin.Digest, "prod=41:sha256:abc", "=41:" + pin.Digest, pin.String() + "x", "prod=-1:" + pin.Digest, "../x=1:" + pin.Digest} {
		if _, err := audit.ParsePin(text); err == nil || !strings.Contains(err.Error(), "is not a pin") {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := audit.ParsePins([]byte(text + "\n")); err == nil && text != "" {
			t.Errorf("%q in a file", text)
		}
	}
}

func TestAKindIsFoundInAnyCase(t *testing.T) {
	if kind, err := audit.ParseKind("rolledback"); err != nil || kind != "RolledBack" {
		t.Errorf("%s, %v", kind, err)
	}
	if _, err := audit.ParseKind("deployed"); err == nil || !strings.Contains(err.Error(), "there are Admitted, Overridden") {
		t.Errorf("%v", err)
	}
}
