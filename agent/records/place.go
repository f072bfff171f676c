package records

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Where facts are.
const (
	branchPrefix = "penstock/records/"
	// environmentDir holds the facts that are about no model. No model can have this name.
	environmentDir = "_environment"
	// readmeFile is beside the facts and explains them.
	readmeFile = "README.md"
	// largestSequence is the largest number that has nine digits.
	largestSequence = 999_999_999

	dayLayout = "2006-01/02"
)

var (
	dnsLabel  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	placeForm = regexp.MustCompile(`^([-a-z0-9_]{1,63})/([0-9]{4}-[0-9]{2}/[0-9]{2})/([0-9]{9})-([a-z]+)\.json$`)
)

// Branch is the branch with the facts of an environment.
func Branch(environment string) string { return branchPrefix + environment }

// Place is what the path of a fact's file says.
type Place struct {
	// Model is empty for a fact about the environment.
	Model string
	// Day is midnight UTC of the day of the fact.
	Day time.Time
	// Sequence and Kind are the fact's.
	Sequence uint64
	Kind     Kind
}

// Place is where a fact belongs.
func (f Fact) Place() Place {
	return Place{Model: f.Model, Day: f.Time.UTC().Truncate(24 * time.Hour), Sequence: f.Sequence, Kind: f.Kind}
}

// Path is the path of the fact's file on its branch, as in llama-3-8b/2026-11/23/000000041-applied.json.
func (f Fact) Path() string { return f.Place().Path() }

// Path is what ParsePath reads.
func (p Place) Path() string {
	return fmt.Sprintf("%s/%s/%09d-%s.json", dirOf(p.Model), p.Day.Format(dayLayout), p.Sequence, strings.ToLower(string(p.Kind)))
}

// dirOf is the directory of all facts about a model, or about the environment.
func dirOf(model string) string {
	if model == "" {
		return environmentDir
	}
	return model
}

// ParsePath reads the path of a fact's file; false for any other path.
func ParsePath(path string) (Place, bool) {
	parts := placeForm.FindStringSubmatch(path)
	if parts == nil {
		return Place{}, false
	}
	day, err := time.Parse(dayLayout, parts[2])
	sequence, err2 := strconv.ParseUint(parts[3], 10, 64)
	p := Place{Model: parts[1], Day: day, Sequence: sequence, Kind: kindInPath(parts[4])}
	if p.Model == environmentDir {
		p.Model = ""
	} else if !dnsLabel.MatchString(p.Model) {
		return Place{}, false
	}
	return p, err == nil && err2 == nil && sequence > 0 && p.Kind != "" && p.Path() == path
}
