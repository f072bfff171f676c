package promote

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Key names what is proposed: the release, and what it would be merged into. A pull request that a person closed is an answer to
// its key, so it has to change when one of both does, and to stay the same otherwise.
func (p *Plan) Key() string {
	sum := sha256.Sum256([]byte(p.was))
	return single(p.Unit()) + " rel-" + p.Digest()[:32] + " onto " + hex.EncodeToString(sum[:6])
}

// single has no two hyphens in a row, which cannot stand in a comment of HTML.
func single(name string) string {
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-+-")
	}
	return name
}
