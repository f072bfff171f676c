package window

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // for machines without the database

	"github.com/penstock-dev/penstock/environments/problem"
)

// zoneName is Area/City. Names without a slash, other than UTC, are abbreviations that know no daylight saving
// (EST) or the machine's own zone (Local, localtime).
var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*){1,2}$`)

// parseZone refuses what only some machines would know, so that a verdict is the same everywhere.
func parseZone(name string) (*time.Location, *problem.Problem) {
	switch {
	case name == "":
		return nil, missing("the time zone of the window", "say timeZone: UTC or such as timeZone: Europe/Berlin")
	case name == "UTC":
		return time.UTC, nil
	case len(name) > 100 || !zoneName.MatchString(name) || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/"):
		return nil, unknownZone(name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, unknownZone(name)
	}
	return zone, nil
}

func unknownZone(name string) *problem.Problem {
	return &problem.Problem{Rule: UnknownTimeZone, Mend: "look it up in the IANA time zone database",
		Message: fmt.Sprintf("there is no time zone %q; expected UTC or an area and a city, such as Europe/Berlin", short(name))}
}
