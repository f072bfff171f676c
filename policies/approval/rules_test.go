package approval

import (
	"strings"
	"testing"
	"testing/fstest"
)

// rulesTree holds a few rules.
func rulesTree() fstest.MapFS {
	return fstest.MapFS{"policies/a.yaml": {Data: []byte("a")}, "policies/b.yaml": {Data: []byte("b")}, "trust/allowed_signers": {}}
}

var ruleFiles = []string{"trust/allowed_signers", "policies/b.yaml", "policies/a.yaml"}

func TestTheDigestOfRulesIsThatOfWhatSha256sumPrints(t *testing.T) {
	tool(t, "sha256sum")
	dir := t.TempDir()
	tree := fstest.MapFS{"a": {Data: []byte("a")}, "b c": {}}
	for name, file := range tree {
		write(t, dir, name, file.Data)
	}
	write(t, dir, "part", []byte("p"))
	lines, err := attempt(dir, nil, "sha256sum", "a", "b c", "part")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := attempt(dir, []byte(lines), "sha256sum")
	if err != nil {
		t.Fatal(err)
	}
	got, err := RulesDigest(tree, []string{"b c", "a"}, map[string][]byte{"part": []byte("p")})
	if want := "sha256:" + strings.Fields(sum)[0]; got != want || err != nil {
		t.Errorf("got %s, %v, want %s of\n%s", got, err, want, lines)
	}
}

func TestTheDigestOfRulesChangesWithEachOfThemAndNotWithTheirOrder(t *testing.T) {
	parts := map[string][]byte{"environments/prod/environment.yaml": []byte("{}")}
	seen := map[string]string{}
	digestOf := func(name string, files []string, change func(fstest.MapFS, map[string][]byte)) string {
		tree, copied := rulesTree(), map[string][]byte{}
		for k, v := range parts {
			copied[k] = v
		}
		change(tree, copied)
		got, err := RulesDigest(tree, files, copied)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return got
	}
	nothing := func(fstest.MapFS, map[string][]byte) {}
	before := digestOf("before", ruleFiles, nothing)
	if after := digestOf("order", []string{"policies/a.yaml", "policies/a.yaml", "policies/b.yaml", "trust/allowed_signers"}, nothing); after != before {
		t.Errorf("the order makes a difference: %s, %s", before, after)
	}
	seen[before] = "before"
	for name, change := range map[string]func(fstest.MapFS, map[string][]byte){
		"a byte": func(f fstest.MapFS, _ map[string][]byte) { f["policies/a.yaml"].Data = []byte("a\n") },
		"swapped": func(f fstest.MapFS, _ map[string][]byte) {
			f["policies/a.yaml"], f["policies/b.yaml"] = f["policies/b.yaml"], f["policies/a.yaml"]
		},
		"a part":     func(_ fstest.MapFS, p map[string][]byte) { p["environments/prod/environment.yaml"] = []byte("{ }") },
		"no part":    func(_ fstest.MapFS, p map[string][]byte) { delete(p, "environments/prod/environment.yaml") },
		"empty part": func(_ fstest.MapFS, p map[string][]byte) { p["environments/dev/environment.yaml"] = nil },
	} {
		got := digestOf(name, ruleFiles, change)
		if other, twice := seen[got]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[got] = name
	}
	if got := digestOf("a file less", ruleFiles[:2], nothing); seen[got] != "" {
		t.Errorf("a file less makes no difference to %s", seen[got])
	}
}

func TestRulesThatHaveNoOneDigestAreRefused(t *testing.T) {
	forged := "a\n" + strings.Repeat("0", 64) + "  b"
	for name, test := range map[string]struct {
		files []string
		parts map[string][]byte
		want  string
	}{
		"not there":      {[]string{"policies/c.yaml"}, nil, "digest the rules: open policies/c.yaml: file does not exist"},
		"file and part":  {ruleFiles, map[string][]byte{"policies/a.yaml": nil}, "digest the rules: policies/a.yaml is both a file of rules and an environment; move one of them"},
		"two lines":      {nil, map[string][]byte{forged: nil}, `digest the rules: the name "a\n00000`},
		"an escaped one": {nil, map[string][]byte{`a\nb`: nil}, `digest the rules: the name "a\\nb" has a backslash or a control character; rename the file`},
	} {
		got, err := RulesDigest(rulesTree(), test.files, test.parts)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || got != "" {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, test.want)
		}
	}
}
