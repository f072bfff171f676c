package approval

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Marshal is the file that holds an approval, which Load reads as the same. The statement has passed Check, and the name is
// a DNS label: see Label.
func Marshal(name string, s Statement, armored []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", v1alpha1.GroupVersion, v1alpha1.ApprovalKind, strconv.Quote(name))
	fmt.Fprintf(&b, "spec:\n  unit: %s\n  content: %s\n  expires: %q\n  signature: |\n", s.Unit, s.Content, s.Expires.UTC().Format(time.RFC3339))
	for line := range strings.Lines(string(armored)) {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.Bytes()
}

// FileName is the name of the file in which somebody's approval belongs, such as grace@example.com.yaml, so that their next
// one replaces it. What a file system could take for something else becomes a dash.
func FileName(principal string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("@._+-", r):
			return r
		}
		return '-'
	}, principal)
	name = strings.TrimLeft(name, ".-")
	return orUnnamed(name[:min(len(name), 200)]) + ".yaml"
}

// Label is a principal as a DNS label, such as grace-example-com, for the name of an Approval.
func Label(principal string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(principal))
	name = strings.TrimLeft(name, "-")
	return orUnnamed(strings.TrimRight(name[:min(len(name), 63)], "-"))
}

func orUnnamed(name string) string {
	if name == "" {
		return "unnamed"
	}
	return name
}
