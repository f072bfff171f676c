package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// RulesDigest is the digest that approvals of rules are bound to: of the lines that sha256sum prints for files, and for parts
// of others that are handed in by name, sorted by name. It refuses a part that is a file too, and names that could be
// taken for several lines.
func RulesDigest(fsys fs.FS, files []string, parts map[string][]byte) (string, error) {
	sums := map[string][sha256.Size]byte{}
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return "", fmt.Errorf("digest the rules: %w", err)
		}
		sums[name] = sha256.Sum256(data)
	}
	for name, data := range parts {
		if _, twice := sums[name]; twice {
			return "", fmt.Errorf("digest the rules: %s is both a file of rules and an environment; move one of them", name)
		}
		sums[name] = sha256.Sum256(data)
	}
	lines := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if strings.ContainsFunc(name, unicode.IsControl) || strings.Contains(name, `\`) {
			return "", fmt.Errorf("digest the rules: the name %.128q has a backslash or a control character; rename the file", name)
		}
		sum := sums[name]
		fmt.Fprintf(lines, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	return "sha256:" + hex.EncodeToString(lines.Sum(nil)), nil
}
