package document

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseProblems(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"indentation", "a: 1\nb: 2\n c: 3\nd: 4\n", `f.yaml:3: this is not valid YAML: mapping values are not allowed in this context; check the indentation, and put a value that contains ": " in quotes`},
		{"dedentation", "a:\n  b: 1\n c: 2\nd: 1\ne: 1\n", `f.yaml:3: this is not valid YAML: did not find expected key; check the indentation, and that lists and maps are not mixed`},
		{"tab", "a:\n\tb: 1\nc: 1\n", "f.yaml:2: this is not valid YAML: found character that cannot start any token; indent with spaces, not tabs, and put a value that begins with @, ` or % in quotes"},
		{"unclosed list", "z: 1\na: [1, 2\nb: 3\nc: 4\n", `f.yaml:2: this is not valid YAML: did not find expected ',' or ']'; close the list with ]`},
		{"unclosed map far above", "z: 1\na: {\n" + strings.Repeat("b: 3\n", 20), `f.yaml:2: this is not valid YAML: did not find expected ',' or '}'; close the map with }`},
		{"unclosed string", "z: 1\na: \"x\nb: 3\nc: 4\n", `f.yaml:2: this is not valid YAML: found unexpected end of stream; close the quoted string`},
		{"colon in a value", "a: b: c\nd: 1\n", `f.yaml:1: this is not valid YAML: mapping values are not allowed in this context; check the indentation, and put a value that contains ": " in quotes`},
		{"unknown anchor", "x: 1\na: *foo\nc: 1\n", `f.yaml:2: this is not valid YAML: unknown anchor 'foo' referenced; define the anchor in the same document, before the alias`},
		{"list in a map", "a: 1\n- b\nc: 1\n", `f.yaml:2: this is not valid YAML: did not find expected key; check the indentation, and that lists and maps are not mixed`},
		{"key alone", "k: 1\na\nb: 1\nc: 2\n", `f.yaml:2: this is not valid YAML: could not find expected ':'; write the key as "key: value"`},
		{"second document", "a: 1\n---\nb: 1\n c: 2\n", `f.yaml:4: this is not valid YAML: mapping values are not allowed in this context; check the indentation, and put a value that contains ": " in quotes`},
		{"merge conflict", "a: 1\n<<<<<<< HEAD\nb: 1\n=======\n", `f.yaml:2: this is not valid YAML: could not find expected ':'; write the key as "key: value"`},
		{"ten thousand brackets", strings.Repeat("[", 20_000), `f.yaml:1: this is not valid YAML: exceeded max depth of 10000; nest less`},

		{"byte order mark", "\xef\xbb\xbfa: 1\n", `f.yaml:1: the file begins with a byte order mark; save the file as UTF-8 without a byte order mark`},
		{"UTF-16", "\xff\xfea\x00", `f.yaml:1: found the byte 0xff, which is not UTF-8; save the file as UTF-8`},
		{"Latin-1", "a: 1\nb: caf\xe9\n", `f.yaml:2: found the byte 0xe9, which is not UTF-8; save the file as UTF-8`},
		{"NUL", "a: 1\nb: \x00\n", `f.yaml:2: found the invisible character U+0000; expected text that reads as it looks; delete the character, or write it as an escape in double quotes`},
		{"line end in a comment", "a: 1 # harmless\u2028b: 2\n", `f.yaml:1: found the invisible character U+2028; expected text that reads as it looks; delete the character, or write it as an escape in double quotes`},
		{"next line in a comment", "a: 1 # harmless\u0085b: 2\n", `f.yaml:1: found the invisible character U+0085; expected text that reads as it looks; delete the character, or write it as an escape in double quotes`},
		{"carriage return in a comment", "a: 1\n# harmless\rb: 2\n", `f.yaml:2: found a carriage return inside a line; end lines with a line feed`},
		{"right to left", "image: x\u202egnp\n", `f.yaml:1: found the invisible character U+202E; expected text that reads as it looks; delete the character, or write it as an escape in double quotes`},
		{"too large", strings.Repeat("a", MaxBytes+1), `f.yaml: the file has 1048577 bytes; expected 1048576 at most; split the file, or keep large data outside the repository`},
		{"10 MB", strings.Repeat("a: b\n", 2_000_000), `f.yaml: the file has 10000000 bytes; expected 1048576 at most; split the file, or keep large data outside the repository`},
		{"too many documents", strings.Repeat("---\na: 1\n", 1001), `f.yaml: the file has more than 1000 documents; split the file`},
		{"too many nodes", "[" + strings.Repeat("a,", 50_000) + "]", `f.yaml:1: with its aliases written out the file has more than 50000 keys and values; split the file, or write fewer aliases`},
		{"too many nodes in several documents", strings.Repeat("["+strings.Repeat("a,", 20_000)+"]\n---\n", 3), `f.yaml:5: with its aliases written out the file has more than 50000 keys and values; split the file, or write fewer aliases`},
		{"too deep", strings.Repeat("[", 65) + strings.Repeat("]", 65), `f.yaml:1: lists and maps are nested more than 64 deep; nest less`},
		{"alias bomb", aliasBomb(9), `f.yaml:1: with its aliases written out the file has more than 50000 keys and values; split the file, or write fewer aliases`},
		{"too deep by aliases", deepAliases(), "f.yaml:3: lists and maps are nested more than 64 deep; nest less"},
		{"alias inside its anchor", "a: &a [*a]\n", `f.yaml:1: the alias *a stands inside its own anchor, so it would never end; write the value out`},
		{"merge of itself", "a: &a\n  <<: *a\n", "f.yaml:2: the alias *a stands inside its own anchor, so it would never end; write the value out"},
		{"anchor in another document", "a: &a 1\n---\nb: *a\n", `f.yaml:3: the anchor of the alias *a is in another document; define the anchor in the same document, before the alias`},

		{"duplicate key", "a: 1\nb:\n  c: 1\n  \"c\": 2\n", `f.yaml:4: the key "c" is here a second time; the first is on line 3; keep one of them`},
		{"duplicate key in a flow map", "a: {b: 1, b: 2}\n", `f.yaml:1: the key "b" is here a second time; the first is on line 1; keep one of them`},
		{"several problems", "a: 1\na: 2\n1: b\n", "f.yaml:2: the key \"a\" is here a second time; the first is on line 1; keep one of them\nf.yaml:3: the key 1 is a number; expected a string; put it in quotes: \"1\""},
		{"endless problems", strings.Repeat("a: 1\n", 1000), endlessProblems()},
		{"boolean key", "true: 1\n", `f.yaml:1: the key true is a boolean; expected a string; put it in quotes: "true"`},
		{"null key", "~: 1\n", `f.yaml:1: the key ~ is null; expected a string; put it in quotes: "~"`},
		{"empty key", "? \n: a\n", `f.yaml:1: the key is missing; write the key, or "" if it is meant to be empty`},
		{"list as key", "? [a]\n: b\n", `f.yaml:1: found a list as a key; use a plain string as the key`},
		{"alias as key", "a: &a b\n*a : c\n", `f.yaml:2: found an alias as a key; use a plain string as the key`},
		{"merge of a number", "<<: 3\n", `f.yaml:1: the merge key << has a number; expected a map or a list of maps; merge a map, as in <<: *anchor, or put the key in quotes`},
		{"binary", "a: !!binary aGVsbG8=\n", `f.yaml:1: found the YAML tag !!binary, which Kubernetes cannot read; remove the tag`},
		{"own tag", "a: 1\nb: !vault {x: y}\n", `f.yaml:2: found the YAML tag !vault, which Kubernetes cannot read; remove the tag`},
		{"date tag", "a: !!timestamp 2020-01-01\n", `f.yaml:1: found the YAML tag !!timestamp, which Kubernetes cannot read; remove the tag`},
		{"false tag", "a: !!int hello\n", `f.yaml:1: the value is not what its YAML tag !!int says; remove the tag`},
		{"not a number", "a: .nan\nb: -.inf\n", "f.yaml:1: found .nan, which is no number that JSON can hold; put it in quotes if a string is meant\nf.yaml:2: found -.inf, which is no number that JSON can hold; put it in quotes if a string is meant"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file, problems := Parse("f.yaml", []byte(test.yaml))
			if file != nil {
				t.Error("got a file in spite of problems")
			}
			if diff := cmp.Diff(test.want, problems.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// aliasBomb is below a kilobyte and expands to nine to the power of levels.
func aliasBomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 x\n")
	for i := 1; i <= levels; i++ {
		name := string(rune('0' + i))
		previous := "*a" + string(rune('0'+i-1)) + ","
		b.WriteString("a" + name + ": &a" + name + " [" + strings.Repeat(previous, 9) + "]\n")
	}
	return b.String()
}

// deepAliases nests 40 deep, and 40 deep in that again.
func deepAliases() string {
	open, shut := strings.Repeat("[", 40), strings.Repeat("]", 40)
	return "a: &a " + open + shut + "\nb: 1\nc: " + open + "*a" + shut + "\n"
}

func endlessProblems() string {
	var lines []string
	for line := 2; line <= MaxProblems+1; line++ {
		lines = append(lines, fmt.Sprintf("f.yaml:%d: the key \"a\" is here a second time; the first is on line 1; keep one of them", line))
	}
	return strings.Join(lines, "\n")
}

func TestObject(t *testing.T) {
	file, problems := Parse("f.yaml", []byte(`
# Values as JSON would hold them.
string: text
quoted: "1"
date: 2020-01-01
yes: yes
on: on
int: -42
hex: 0x1F
octal: 0644
huge: 18446744073709551616
float: 1.5
whole: 2.0
bool: true
nothing:
tilde: ~
list: [1, a, null]
anchor: &shared {a: 1, b: 2}
alias: *shared
merged:
  <<: *shared
  b: 3
several:
  <<: [{x: 1}, {x: 2, y: 3}]
block: |
  two
  lines
"tagged": !!str 5
`))
	if problems != nil {
		t.Fatal(problems)
	}
	want := map[string]any{
		"string": "text", "quoted": "1", "date": "2020-01-01", "yes": "yes", "on": "on",
		"int": int64(-42), "hex": int64(31), "octal": int64(420), "huge": float64(1 << 64), "float": 1.5, "whole": 2.0,
		"bool": true, "nothing": nil, "tilde": nil, "list": []any{int64(1), "a", nil},
		"anchor": map[string]any{"a": int64(1), "b": int64(2)}, "alias": map[string]any{"a": int64(1), "b": int64(2)},
		"merged": map[string]any{"a": int64(1), "b": int64(3)}, "several": map[string]any{"x": int64(1), "y": int64(3)},
		"block": "two\nlines\n", "tagged": "5",
	}
	if diff := cmp.Diff(want, file.Documents[0].Object()); diff != "" {
		t.Error(diff)
	}
}

const traced = `# A comment.
apiVersion: v1
kind: Test
metadata:
  name: sample
  labels: {example.com/team: a}
spec:
  env:
  - name: A
    value: "1"
  - name: B
  shared: &s
    deep: 1
  merged:
    <<: *s
  text: |
    first
    second
---
kind: Second
`

func TestLine(t *testing.T) {
	file, problems := Parse("f.yaml", []byte(traced))
	if problems != nil || len(file.Documents) != 2 {
		t.Fatal(problems, file)
	}
	first, second := file.Documents[0], file.Documents[1]
	if first.APIVersion() != "v1" || first.Kind() != "Test" || first.Name() != "sample" || second.Kind() != "Second" {
		t.Errorf("got %s %s %s", first.APIVersion(), first.Kind(), first.Name())
	}
	tests := []struct {
		path    string
		line    int
		missing int
	}{
		{"", 2, 0}, {"kind", 3, 0}, {"metadata.name", 5, 0}, {"metadata.labels[example.com/team]", 6, 0},
		{"spec.env", 8, 0}, {"spec.env[0]", 9, 0}, {"spec.env[0].value", 10, 0}, {"spec.env[1].name", 11, 0},
		{"spec.env[1].value", 11, 1}, {"spec.env[2].name", 8, 2}, {"spec.env[x]", 8, 1}, {"spec.env[-1]", 8, 1},
		{"spec.merged.deep", 13, 0}, {"spec.nothing.at.all", 7, 3}, {"nothing", 2, 1}, {"kind.of", 3, 1},
	}
	for _, test := range tests {
		line, missing := first.Nearest(test.path)
		if line != test.line || missing != test.missing {
			t.Errorf("Nearest(%q) = %d, %d, want %d, %d", test.path, line, missing, test.line, test.missing)
		}
		if _, ok := first.Line(test.path); ok != (missing == 0) {
			t.Errorf("Line(%q) says %t", test.path, ok)
		}
	}
	if line, _ := second.Line("kind"); line != 20 {
		t.Errorf("the second document's kind is on line %d, want 20", line)
	}
	if line := first.TextLine("spec.text"); line != 17 {
		t.Errorf("the text begins on line %d, want 17", line)
	}
}

func TestParseInline(t *testing.T) {
	file, problems := ParseInline("f.yaml", 17, []byte("a: 1\nb: 2\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if line, _ := file.Documents[0].Line("b"); line != 18 {
		t.Errorf("got line %d, want 18", line)
	}
	if _, problems = ParseInline("f.yaml", 17, []byte("a: 1\na: 2\n")); problems.Error() != `f.yaml:18: the key "a" is here a second time; the first is on line 17; keep one of them` {
		t.Errorf("got %v", problems)
	}
}

func TestParseWindowsLines(t *testing.T) {
	file, problems := Parse("f.yaml", []byte("a: 1\r\nb: |\r\n  é\r\nc: 3\r\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if line, _ := file.Documents[0].Line("c"); line != 4 {
		t.Errorf("got line %d, want 4", line)
	}
}

func TestParseEmpty(t *testing.T) {
	for _, yaml := range []string{"", "\n", "# comment\n", "---\n---\n", "---\n# comment\n---\n~\n", "null"} {
		file, problems := Parse("f.yaml", []byte(yaml))
		if problems != nil || len(file.Documents) != 0 {
			t.Errorf("%q: got %v and %v, expected a file without documents", yaml, file, problems)
		}
	}
	if file, _ := Parse("f.yaml", []byte("---\n---\na: 1\n---\n")); len(file.Documents) != 1 {
		t.Errorf("got %d documents, expected the one that says something", len(file.Documents))
	}
	if file, _ := Parse("f.yaml", []byte("- a\n")); file.Documents[0].Object() != nil {
		t.Error("a list has an object")
	}
}

func TestPathRoundTrip(t *testing.T) {
	for _, path := range []string{"", "spec.env[2].name", "metadata.labels[example.com/team]", "[3].value"} {
		steps := Steps(path)
		joined := make([]any, len(steps))
		for i, step := range steps {
			joined[i] = step
		}
		if diff := cmp.Diff(steps, Steps(Path(joined...))); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	descriptor := []byte(strings.Replace(traced, "spec:", "spec:\n  contextLength: 8192", 1))
	large := bytes.Repeat([]byte("- name: some-key\n  value: {a: 1, b: [1, 2, 3], text: \"hello world\"}\n"), 2_500)
	for name, data := range map[string][]byte{"descriptor": descriptor, "large": large, "text": []byte("a: |\n" + strings.Repeat("  some line of text\n", 50_000))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, problems := Parse("f.yaml", data); problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}

// BenchmarkParseHostile is what the worst files cost before they are refused.
func BenchmarkParseHostile(b *testing.B) {
	fill := func(s string) []byte { return []byte(strings.Repeat(s, MaxBytes/len(s))) }
	files := map[string][]byte{
		"bomb":      []byte(aliasBomb(9)),
		"flow":      append([]byte("["), fill("a,")[2:]...),
		"comments":  append([]byte("["), fill("a, #\n")[5:]...),
		"documents": fill("---\n"),
		"keys":      fill("a:\n"),
		"brackets":  fill("["),
	}
	for name, data := range files {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := Parse("f.yaml", data); problems == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
