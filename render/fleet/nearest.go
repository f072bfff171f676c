package fleet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/spelling"
)

// tooLong is what no label's key or value reaches; what is longer is near to nothing.
const tooLong = 317

// nearest are those of the known words that somebody who wrote the word may have meant, at most three, the
// best first. Case, dashes, dots, underscores and spaces make no difference. Other spellings count only where
// no word begins with the other, or is a part of it: A100 is near to H100, but not what was meant.
func nearest(word string, known []string) []string {
	type candidate struct {
		word string
		far  int
	}
	var near []candidate
	for _, k := range known {
		if far, ok := distance(plain(word), plain(k)); ok {
			near = append(near, candidate{k, far})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.word, b.word)) })
	if len(near) > 0 && near[0].far < misspelt {
		near = slices.DeleteFunc(near, func(c candidate) bool { return c.far >= misspelt })
	}
	var words []string
	for _, c := range near[:min(3, len(near))] {
		words = append(words, c.word)
	}
	return words
}

// plain is a word without what people get wrong first.
func plain(word string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(word))
}

// The kinds of candidates, the better ones first; within a kind, the difference in length or misspelt counts.
const (
	beginning = 1000 * (1 + iota)
	inside
	misspelt
)

// distance orders candidates: the same, then beginnings, then parts, then spellings.
func distance(a, b string) (far int, near bool) {
	short, long := a, b
	if len(short) > len(long) {
		short, long = b, a
	}
	switch {
	case a == b:
		return 0, true
	case len(short) < 2 || len(long) >= tooLong:
		return 0, false
	case strings.HasPrefix(long, short):
		return beginning + len(long) - len(short), true
	case strings.Contains(long, short):
		return inside + len(long) - len(short), true
	}
	most := max(2, len(long)/3)
	edits := spelling.Distance(a, b, most)
	return misspelt + edits, edits <= most
}
