package check

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements of JUnit's XML, with those attributes that its schemas ask for. Nothing is an error, and nothing takes time.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		stamp    string       // of all suites
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     int         `xml:"time,attr"`
		Stamp    string      `xml:"timestamp,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      int           `xml:"time,attr"`
		File      string        `xml:"file,attr,omitempty"`
		Failure   *junitFailure `xml:"failure,omitempty"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: a unit is a suite, and a policy a case of it.
func WriteJUnit(w io.Writer, r *Report) error {
	all := junitSuites{Name: "penstock check", stamp: r.Now.UTC().Format("2006-01-02T15:04:05")}
	all.add("repository", nil, r.results(), "")
	for _, u := range r.Units {
		var passed []string
		if u.Outcome != nil {
			passed = u.Outcome.Evaluated
		}
		all.add(u.ID, passed, u.results(), u.ID)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add adds a suite: a case for each policy that was evaluated, and for each other rule that has something to say.
func (s *junitSuites) add(name string, policies []string, results []result, unit string) {
	cases, order := map[string]*junitCase{}, []string{}
	open := func(rule string) *junitCase {
		if cases[rule] == nil {
			cases[rule] = &junitCase{Name: rule, Class: name}
			order = append(order, rule)
		}
		return cases[rule]
	}
	for _, policy := range policies {
		open(policy)
	}
	for _, res := range results {
		if res.unit == unit {
			open(res.rule).tell(res)
		}
	}
	suite := junitSuite{Name: name, Tests: len(order), Stamp: s.stamp}
	for _, rule := range order {
		suite.Cases = append(suite.Cases, *cases[rule])
		if cases[rule].Failure != nil {
			suite.Failures++
		}
	}
	if suite.Tests == 0 && unit == "" {
		return
	}
	s.Suites = append(s.Suites, suite)
	s.Tests, s.Failures = s.Tests+suite.Tests, s.Failures+suite.Failures
}

// tell adds a result to a case.
func (c *junitCase) tell(res result) {
	text := res.message
	if res.mark != "" {
		text += " [" + res.mark + "]"
	}
	if res.place.File != "" {
		c.File = res.place.File
		text = fmt.Sprintf("%s:%d: %s", res.place.File, max(res.place.Line, 1), text)
	}
	switch {
	case res.level != isError:
		c.SystemOut = strings.TrimSpace(c.SystemOut + "\n" + text)
	case c.Failure == nil:
		c.Failure = &junitFailure{Message: res.message, Type: res.rule, Text: text}
	default:
		c.Failure.Text += "\n" + text
	}
}
