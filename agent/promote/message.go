package promote

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies"
)

// Subject is the first line of the commit, and the title of the pull request.
func (s *Story) Subject() string {
	return fmt.Sprintf("Promote %s %s from %s to %s", s.Plan.Model, s.Plan.ReleaseID(), s.Plan.From, s.Plan.To)
}

// Message is the whole message of the commit: the subject, the story, and trailers for machines.
func (s *Story) Message() string {
	paragraphs := []string{s.Subject(), wrap(s.evidence())}
	if changes := s.changes(); len(changes) > 0 {
		paragraphs = append(paragraphs, s.introduction()+"\n"+listed(changes))
	}
	if commits := s.commits(); len(commits) > 0 {
		paragraphs = append(paragraphs, s.origin()+"\n"+listed(commits))
	}
	if text := s.gates(); text != "" {
		paragraphs = append(paragraphs, wrap(text))
	}
	return strings.Join(append(paragraphs, s.trailers()), "\n\n")
}

// evidence says how the release has been where it comes from, and what was measured of it.
func (s *Story) evidence() string {
	p, release := s.Plan, s.Plan.ReleaseID()
	sentences := []string{fmt.Sprintf("How %s has been in %s is not known here.", release, p.From)}
	if e := s.Evidence; e != nil {
		sentences[0] = fmt.Sprintf("%s is not healthy in %s.", release, p.From)
		if e.Healthy && e.HealthySince != nil {
			sentences[0] = healthy(e, release, p.From)
		}
		if e.LastFailure != nil {
			sentences = append(sentences, fmt.Sprintf("It last failed there at %s.", stamp(*e.LastFailure)))
		}
		if e.LastDrift != nil {
			sentences = append(sentences, fmt.Sprintf("Somebody last changed it by hand there at %s.", stamp(*e.LastDrift)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Evaluations)) {
		sentences = append(sentences, measured(name, s.Evaluations[name]))
	}
	return strings.Join(sentences, " ")
}

func healthy(e *policies.Evidence, release, from string) string {
	since, lasted := stamp(*e.HealthySince), ""
	if e.HealthyFor != nil {
		lasted = lasting(e.HealthyFor.Duration)
	}
	if e.Until != nil {
		return fmt.Sprintf("%s was healthy in %s from %s until %s, when another release replaced it: %s without a break.", release, from, since, stamp(*e.Until), lasted)
	}
	return fmt.Sprintf("%s has been healthy in %s since %s, for %s without a break.", release, from, since, lasted)
}

// measured tells of one evaluation, with its figures and those of the release that is replaced.
func measured(name string, e policies.Evaluation) string {
	const most = 8
	var figures []string
	for i, metric := range slices.Sorted(maps.Keys(e.Metrics)) {
		if i == most {
			figures = append(figures, fmt.Sprintf("and %d more", len(e.Metrics)-i))
			break
		}
		text := oneLine(metric, 60) + " " + number(e.Metrics[metric])
		if before, known := e.Baseline[metric]; known {
			text += " (before: " + number(before) + ")"
		}
		figures = append(figures, text)
	}
	return fmt.Sprintf("The evaluation %s of %s found %s.", oneLine(name, 60), stamp(e.Finished), strings.Join(figures, ", "))
}

// number is a figure, in at most six digits.
func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// introduction announces changes.
func (s *Story) introduction() string {
	return fmt.Sprintf("It replaces %s, and differs from it in:", s.Plan.Replaces())
}

// changes are the fields of the release that become different in the target, one a line.
func (s *Story) changes() []string {
	const most = 12
	p := s.Plan
	if p.Before == nil {
		return nil
	}
	was, is := releaseFields(p.Before.Descriptor.Spec.Release), releaseFields(p.After.Descriptor.Spec.Release)
	var lines []string
	fields := differing("spec.release", was, is)
	for i, field := range fields {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: %s, was %s", strings.TrimPrefix(field, "spec.release."), shown(is, field), shown(was, field)))
	}
	return lines
}

// origin announces commits.
func (s *Story) origin() string {
	return fmt.Sprintf("It came to %s by:", s.Plan.From)
}

// commits are who changed what, one a line.
func (s *Story) commits() []string {
	told, more := s.told()
	return commitLines(told, more)
}

// commitLines tell of commits, one a line.
func commitLines(told []source.Commit, more bool) []string {
	var lines []string
	for _, c := range told {
		lines = append(lines, fmt.Sprintf("%.12s %s (%s, %s)", c.Hash, oneLine(c.Subject(), 80), oneLine(c.Author.Name, 40), c.Author.When.UTC().Format("2006-01-02")))
	}
	if more {
		lines = append(lines, "and others before")
	}
	return lines
}

// gates says what policy does, in a few sentences.
func (s *Story) gates() string {
	if len(s.Gates) == 0 {
		return ""
	}
	sentences := gateSentences(s.Gates)
	if s.Anyway {
		sentences = append(sentences, "It is proposed anyway.")
	}
	return strings.Join(sentences, " ")
}

// gateSentences say how many gates are open, and which are not.
func gateSentences(gates []Gate) []string {
	open, people := in(gates, Open), in(gates, People)
	sentences := []string{fmt.Sprintf("%d of %d gates are open.", len(open), len(gates))}
	if len(people) > 0 {
		sentences = append(sentences, "These wait for people: "+strings.Join(people, ", ")+".")
	}
	closed := slices.Concat(in(gates, Later), in(gates, Closed))
	if len(closed) > 0 {
		sentences = append(sentences, "These are closed: "+strings.Join(closed, ", ")+".")
	}
	return sentences
}

// wrap breaks a text into lines of 72 characters. None begins with anything but a letter or a digit: git takes --- for the
// end of a message, and # for a comment.
func wrap(text string) string {
	var b strings.Builder
	length := 0
	for _, word := range strings.Fields(text) {
		size := len([]rune(word))
		switch {
		case length > 0 && length+1+size > 72 && startsWell(word):
			b.WriteString("\n")
			length = 0
		case length > 0:
			b.WriteString(" ")
			length++
		}
		b.WriteString(word)
		length += size
	}
	return b.String()
}

func startsWell(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLetter(first) || unicode.IsDigit(first)
}

// listed are lines as a list. Whatever is in them, they neither begin a trailer nor anything else that git looks for.
func listed(lines []string) string { return "- " + strings.Join(lines, "\n- ") }

// harmless replaces characters that could command a terminal, or show text in another order than it is written.
func harmless(r rune) rune {
	if r == '\n' || r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}
