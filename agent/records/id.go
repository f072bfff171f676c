package records

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
)

// NewID is the id of what the parts tell, in order: the first 128 bits of a SHA-256, in hex. The same parts have the same
// id, so that a fact that is told again after a crash is not written again.
func NewID(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		_ = binary.Write(sum, binary.BigEndian, uint64(len(part))) // a hash takes everything
		_, _ = io.WriteString(sum, part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
