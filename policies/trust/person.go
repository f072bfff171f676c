package trust

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Person is who a commit says its author or committer is, and when. It is a claim: see Signature.
type Person struct {
	Name  string
	Email string // may be empty, and then is nobody's
	Time  time.Time
}

// String is "Name <email>".
func (p Person) String() string {
	return strings.TrimPrefix(fmt.Sprintf("%s <%s>", p.Name, p.Email), " ")
}

// parsePerson reads "Name <email> seconds zone", and says what is wrong with it.
func parsePerson(text string) (person Person, reason string) {
	if !utf8.ValidString(text) {
		return Person{}, "is not UTF-8"
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return Person{}, "has a control character"
	}
	if strings.Count(text, "<") != 1 || strings.Count(text, ">") != 1 {
		return Person{}, "does not have one address in angle brackets"
	}
	name, rest, _ := strings.Cut(text, "<")
	email, when, closed := strings.Cut(rest, ">")
	if !closed || !strings.HasPrefix(when, " ") || name != "" && !strings.HasSuffix(name, " ") {
		return Person{}, "is not written as: Name <email> seconds zone"
	}
	if strings.ContainsFunc(email, unicode.IsSpace) {
		return Person{}, "has a space in the address"
	}
	person = Person{Name: strings.TrimSpace(name), Email: email}
	person.Time, reason = parseTime(when[1:])
	return person, reason
}

// parseTime reads seconds since 1970 and a zone such as +0200.
func parseTime(text string) (time.Time, string) {
	digits, zone, _ := strings.Cut(text, " ")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != digits || seconds < 0 || seconds > latest {
		return time.Time{}, fmt.Sprintf("has the time %.40q, and not seconds since 1970", digits)
	}
	parsed, err := time.Parse("-0700", zone)
	if err != nil {
		return time.Time{}, fmt.Sprintf("has the zone %.40q, and not one such as +0200", zone)
	}
	_, offset := parsed.Zone()
	return time.Unix(seconds, 0).In(time.FixedZone(zone, offset)), ""
}
