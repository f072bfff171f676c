package records

import (
	_ "embed" // for readme.md
	"strings"
)

//go:embed readme.md
var readme string

// readmeOf explains a branch to whoever finds it.
func readmeOf(environment string) []byte {
	return []byte(strings.NewReplacer(
		"{{environment}}", environment, "{{branch}}", Branch(environment), "{{email}}", emailOf(environment),
	).Replace(readme))
}

// WriterName is the author and committer of commits with facts.
const WriterName = "Penstock"

// emailOf is the address of an environment's agent, which is nobody's.
func emailOf(environment string) string { return "penstock@" + environment }
