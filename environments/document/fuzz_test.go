package document

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzParse: whatever a file says, Parse neither panics nor hangs; it either reports problems or yields
// documents that JSON can hold, whose lines are lines of the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		traced, aliasBomb(9), deepAliases(), "", "a: &a [*a]", "a: &a\n  <<: *a\n", "<<: [*x]", "<<: {<<: {a: 1}}",
		strings.Repeat("[", 200), strings.Repeat("- ", 200), strings.Repeat("{a: ", 200), "? {a: [b]}\n: c", "a: !!binary x",
		"a: |\n  x\n y\n", "\xef\xbb\xbfa: 1", "\xff\xfe", "a: \x00", "%YAML 1.2\n---\na: 1", "--- >\n a\n---\n", "a: 1\n...\nb: 2",
		"a:\n\t- b", "a: *b\n---\n&b c", "1: a\n1.0: b\ntrue: c", "a: 0x_", "a: 0o8", "a: !!float .inf", "a: !!int \"1\"", "? a\n? b\n",
		"a: 1e999", "a: -9223372036854775809", "&a a: *a", "!!map {a: 1}", "!<tag:yaml.org,2002:str> a: b", "[a: b, ? c]", "a: 'b''c'",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, problems := Parse("f.yaml", data)
		if (file == nil) != (len(problems) > 0) {
			t.Fatalf("got file %v with problems %v", file, problems)
		}
		last := strings.Count(string(data), "\n") + 1
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || p.Mend == "" || p.Line > last || len(p.Message) > 400 {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		if file == nil {
			return
		}
		for _, doc := range file.Documents {
			whole, _ := doc.Value("")
			if _, err := json.Marshal(whole); err != nil {
				t.Fatal(err)
			}
			for key := range doc.Object() {
				if line, ok := doc.Line(Path(key)); !strings.ContainsAny(key, "]") && (!ok || line < 1 || line > last) {
					t.Fatalf("%q is on line %d of %d (found: %t)", key, line, last, ok)
				}
			}
		}
	})
}
