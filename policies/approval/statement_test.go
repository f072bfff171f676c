package approval

import (
	"strings"
	"testing"
	"time"
)

func TestTheTextThatIsSignedNeverChanges(t *testing.T) {
	s := Statement{Unit: "prod/llama-3-8b", Content: digest("a"), Expires: time.Date(2026, 12, 31, 1, 0, 0, 0, time.FixedZone("", 3600))}
	want := "Penstock approval, version 1\nunit: prod/llama-3-8b\ncontent: " + digest("a") + "\nexpires: 2026-12-31T00:00:00Z\n"
	if got := string(s.Text()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestRulesAreApprovedForAPurposeOfTheirOwn(t *testing.T) {
	for unit, want := range map[string]string{"rules": "rules@penstock.dev", "prod/rules": "approval@penstock.dev", "rules/a": "approval@penstock.dev"} {
		if got := (Statement{Unit: unit}).Namespace(); got != want {
			t.Errorf("%s: got %s, want %s", unit, got, want)
		}
	}
}

func TestAStatementThatCouldBeReadInTwoWaysIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Statement)
		want   string
	}{
		"good":              {func(*Statement) {}, ""},
		"rules":             {func(s *Statement) { s.Unit = "rules" }, ""},
		"no unit":           {func(s *Statement) { s.Unit = "" }, `"" is no unit; name one as in prod/llama-3-8b, or rules`},
		"an environment":    {func(s *Statement) { s.Unit = "prod" }, `"prod" is no unit; name one as in prod/llama-3-8b, or rules`},
		"a line in a unit":  {func(s *Statement) { s.Unit += "\ncontent: x" }, `"prod/llama-3-8b\ncontent: x" is no unit; name one as in prod/llama-3-8b, or rules`},
		"a line at its end": {func(s *Statement) { s.Unit += "\n" }, `"prod/llama-3-8b\n" is no unit; name one as in prod/llama-3-8b, or rules`},
		"no content":        {func(s *Statement) { s.Content = "" }, `"" is no digest of content; it is written sha256: and 64 hex digits`},
		"a line in content": {func(s *Statement) { s.Content += "\n" }, `"` + digest("a") + `\n" is no digest of content; it is written sha256: and 64 hex digits`},
		"capitals":          {func(s *Statement) { s.Content = digest("A") }, `"` + digest("A") + `" is no digest of content; it is written sha256: and 64 hex digits`},
		"no end":            {func(s *Statement) { s.Expires = time.Time{} }, "the approval never ends; say when"},
		"half a second":     {func(s *Statement) { s.Expires = now.Add(time.Second / 2) }, "the approval ends at 2026-08-25 12:00:00.5 +0000 UTC, which is no whole second between 1970 and 9999"},
		"year 10000":        {func(s *Statement) { s.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "the approval ends at 10000-01-01 00:00:00 +0000 UTC, which is no whole second between 1970 and 9999"},
		"year 9999":         {func(s *Statement) { s.Expires = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, ""},
		"1970":              {func(s *Statement) { s.Expires = time.Unix(0, 0) }, ""},
		"1969":              {func(s *Statement) { s.Expires = time.Unix(-1, 0).UTC() }, "the approval ends at 1969-12-31 23:59:59 +0000 UTC, which is no whole second between 1970 and 9999"},
	} {
		s := agreed
		test.change(&s)
		got := ""
		if err := s.Check(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, test.want)
		}
		if got == "" && strings.Count(string(s.Text()), "\n") != 4 {
			t.Errorf("%s: it is not four lines: %s", name, s.Text())
		}
		if _, err := Sign(key(t, 1), s); (err == nil) != (test.want == "") {
			t.Errorf("%s: signing it: %v", name, err)
		}
	}
}
