package audit

import (
	"fmt"
	"regexp"
	"strconv"
)

// Pin names one fact for good: with it, all facts before it are what they were.
type Pin struct {
	// Environment and Sequence say which fact, and Digest what it is: sha256:… of its file.
	Environment string `json:"environment"`
	Sequence    uint64 `json:"sequence"`
	Digest      string `json:"digest"`
}

// String is as in prod=41:sha256:….
func (p Pin) String() string { return fmt.Sprintf("%s=%d:%s", p.Environment, p.Sequence, p.Digest) }

var pinForm = regexp.MustCompile(`^([a-z0-9][-a-z0-9]{0,62})=([1-9][0-9]{0,8}):(sha256:[0-9a-f]{64})$`)

// ParsePin reads what String writes.
func ParsePin(text string) (Pin, error) {
	parts := pinForm.FindStringSubmatch(text)
	if parts == nil {
		return Pin{}, fmt.Errorf("%.120q is not a pin; expected one as penstock audit verify --pin prints it, such as prod=41:sha256:… with 64 hexadecimal digits", text)
	}
	sequence, err := strconv.ParseUint(parts[2], 10, 64)
	return Pin{Environment: parts[1], Sequence: sequence, Digest: parts[3]}, err
}
