package audit

import (
	"context"
	_ "embed" // for the page
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

//go:embed templates/page.html.tmpl
var pageText string

//go:embed templates/style.css
var pageStyle string

// page is what the template shows: an answer, on top of how the records stand.
type page struct {
	Title        string
	Style        template.CSS
	Verification *Verification
	Mark         string
	Moment       *Moment
	Life         *lifePage
	Replays      *Replays
	Logs         []*logPage
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"stamp": stamp, "stampOf": stampOf, "oneLine": oneLine, "rows": rowsOf, "highlights": highlights, "lasting": lasting, "grouped": grouped,
	"lower": strings.ToLower, "bare": bare, "asRows": func(name string, lines []string) []Row { return []Row{{name, lines}} },
	"half": func(x, w float64) float64 { return x + w/2 },
	"plus": func(a, b int) int { return a + b },
}).Parse(pageText))

// write fills in the page. Everything that a repository says is escaped by html/template.
func (p *page) write(w io.Writer) error {
	p.Style, p.Title = template.CSS(pageStyle), oneLine(p.Title)
	for _, s := range p.Verification.Environments {
		if s.Mark() != "" && (s.Facts > 0 || s.Status == Broken) {
			p.Mark = s.Mark()
		}
	}
	return pageTemplate.Execute(w, p)
}

// WriteHTML writes the verification as a page that needs nothing else.
func (v *Verification) WriteHTML(w io.Writer) error {
	return (&page{Title: "Penstock audit: verification", Verification: v}).write(w)
}

// WriteHTML writes what ran as a page that needs nothing else.
func (m *Moment) WriteHTML(w io.Writer) error {
	return (&page{Title: "Penstock audit: what ran in " + m.Environment, Verification: m.Verification, Moment: m}).write(w)
}

// WriteHTML writes what came of deciding again as a page that needs nothing else.
func (all *Replays) WriteHTML(w io.Writer) error {
	return (&page{Title: "Penstock audit: decided again in " + all.Environment, Verification: all.Verification, Replays: all}).write(w)
}

// lifePage is a life with its picture.
type lifePage struct {
	*Life
	Timelines []*Timeline
}

// WriteHTML writes the life of a release as a page that needs nothing else.
func (l *Life) WriteHTML(w io.Writer) error {
	shown := &lifePage{Life: l}
	for _, s := range l.Verification.Environments {
		stays := slices.DeleteFunc(slices.Clone(l.Stays), func(stay *Stay) bool { return stay.Environment != s.Environment })
		events := slices.DeleteFunc(slices.Clone(l.Events), func(e Entry) bool { return e.Fact.Environment != s.Environment || len(highlights(e.Fact)) == 0 })
		if len(stays) > 0 {
			until := l.Verification.Now
			if s.Status == Broken {
				until = *s.Until
			}
			shown.Timelines = append(shown.Timelines, timelineOf(s.Environment, stays, events, stays[0].From, until))
		}
	}
	return (&page{Title: "Penstock audit: the life of " + l.Release, Verification: l.Verification, Life: shown}).write(w)
}

// logPage is what a page tells of one environment.
type logPage struct {
	*Standing
	Timeline   *Timeline
	Stays      []*Stay
	Highlights []Entry
	Entries    []Entry
	// What is left out of a page, so that a browser can show it.
	CutStays, CutHighlights, CutEntries int
	Counts                              []Count
}

// Count is how many facts there are of a kind.
type Count struct {
	Kind  string
	Facts int
}

// What a page shows of one environment at most: the newest.
const (
	mostStays      = 2000
	mostHighlights = 500
	mostEntries    = 2000
)

// WriteHTML writes the log as a page that needs nothing else. Of a very long one it has the newest facts, and says so.
func (l *Log) WriteHTML(ctx context.Context, w io.Writer) error {
	p := &page{Title: l.title(), Verification: l.Verification}
	for _, s := range l.Verification.Environments {
		if s.ledger == nil {
			continue
		}
		made, err := l.page(ctx, s)
		if err != nil {
			return err
		}
		p.Logs = append(p.Logs, made)
	}
	return p.write(w)
}

// title says what is told.
func (l *Log) title() string {
	title, q := "Penstock audit", l.Query
	if q.Environment != "" {
		title += ": " + strings.TrimSuffix(q.Environment+"/"+q.Model, "/")
	}
	if !q.Since.IsZero() {
		title += " since " + stamp(q.Since)
	}
	if !q.Until.IsZero() {
		title += " until " + stamp(q.Until)
	}
	return title
}

// page gathers what is shown of one environment. What ran is told from the beginning, since what runs in the time that is asked
// for may have begun before it.
func (l *Log) page(ctx context.Context, s *Standing) (*logPage, error) {
	made, told, counts := &logPage{Standing: s}, newStory(s.Environment), map[string]int{}
	all := &Log{Verification: l.Verification, auditor: l.auditor, Query: Query{Model: l.Query.Model}}
	for e, err := range all.Of(ctx, s) {
		if err != nil {
			return nil, err
		}
		if !l.Query.Until.IsZero() && !e.Fact.Time.Before(l.Query.Until) {
			break
		}
		told.tell(e.Fact)
		if !l.Query.wants(e.Fact) {
			continue
		}
		counts[string(e.Fact.Kind)]++
		made.Entries, made.CutEntries = newest(made.Entries, e, mostEntries, made.CutEntries)
		if len(highlights(e.Fact)) > 0 {
			made.Highlights, made.CutHighlights = newest(made.Highlights, e, mostHighlights, made.CutHighlights)
		}
	}
	from, until := l.bounds(s)
	made.Stays = slices.DeleteFunc(told.finish(until), func(stay *Stay) bool { return stay.Until != nil && stay.Until.Before(from) })
	if cut := len(made.Stays) - mostStays; cut > 0 {
		made.Stays, made.CutStays = made.Stays[cut:], cut
	}
	made.Timeline = timelineOf(s.Environment, made.Stays, made.Highlights, from, until)
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		made.Counts = append(made.Counts, Count{kind, counts[kind]})
	}
	return made, nil
}

// bounds are the times that a picture shows.
func (l *Log) bounds(s *Standing) (from, until time.Time) {
	from, until = l.Query.Since, l.Query.Until
	if s.From != nil && from.Before(*s.From) {
		from = *s.From
	}
	if until.IsZero() || until.After(l.Verification.Now) {
		until = l.Verification.Now
	}
	if s.Status == Broken && s.Until != nil && until.After(*s.Until) {
		until = *s.Until // what happened later is not known
	}
	return from, until
}

// newest appends, and lets go of the oldest beyond a number of entries.
func newest(list []Entry, e Entry, most, cut int) ([]Entry, int) {
	if len(list) < 2*most {
		return append(list, e), cut
	}
	kept := append(slices.Clone(list[len(list)-most+1:]), e)
	return kept, cut + len(list) + 1 - len(kept)
}
