package trust

import (
	"strings"
	"testing"
)

func TestPatternsMatchAsInOpenSSH(t *testing.T) {
	for _, test := range []struct {
		list, value string
		want        bool
	}{
		{"alice@example.com", "alice@example.com", true},
		{"alice@example.com", "Alice@example.com", false},
		{"alice@example.com", "alice@example.com.evil.org", false},
		{"*@example.com", "alice@example.com", true},
		{"*@example.com", "alice@example.com@evil.org", false},
		{"*@example.com", "@example.com", true},
		{"a?ice", "alice", true},
		{"a?ice", "aice", false},
		{"?", "é", false}, // two bytes
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXbXbX", false},
		{"**", "", true},
		{"a**", "a", true},
		{"*,!bob@example.com", "alice@example.com", true},
		{"*,!bob@example.com", "bob@example.com", false},
		{"!bob@example.com,*", "bob@example.com", false},
		{"bob@example.com,!b*", "bob@example.com", false},
		{"a,b,c", "b", true},
		{"a,b,c", "a,b", false},
	} {
		list, err := parsePatterns(test.list)
		if err != nil {
			t.Errorf("%s: %v", test.list, err)
		} else if got := list.match(test.value); got != test.want {
			t.Errorf("%s matches %q: %t, want %t", test.list, test.value, got, test.want)
		}
		if list.String() != test.list {
			t.Errorf("%s is printed as %s", test.list, list)
		}
	}
}

func TestAPatternCannotTakeLong(t *testing.T) {
	// Exponential time would not end; this is a million steps at most.
	if matchPattern(strings.Repeat("a", 4000), strings.Repeat("*a", 120)+"b") {
		t.Error("it matches")
	}
}
