package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// Timeline is a picture of what ran when, in the units of an SVG. Everything in it is in the tables below it too.
type Timeline struct {
	// Name is what it is of, and Text says in words what it shows.
	Name, Text string
	// Width and Height are its size, and Left is where time begins.
	Width, Height, Left int
	Rows                []TimelineRow
	Ticks               []Tick
	// Marks and Cut are events, and how many of them are left out.
	Marks []TimelineMark
	Cut   int
}

// TimelineRow is a model.
type TimelineRow struct {
	Model string
	Y     int
	Bars  []Bar
}

// Bar is a state of a release.
type Bar struct {
	X, Y, Width float64
	// Class is the state in lower case, Label the release where there is room, and Title all in words.
	Class, Label, Title string
}

// Tick is a time on the axis.
type Tick struct {
	X     float64
	Label string
}

// TimelineMark is an event that stands out.
type TimelineMark struct {
	X      float64
	Y      int
	Letter string
	Class  string
	Title  string
}

// The measures of a timeline.
const (
	timelineWidth = 1000
	timelineLeft  = 170
	rowHeight     = 30
	barHeight     = 18
	axisHeight    = 24
	letterWidth   = 6.5
	mostTimeRows  = 60
	mostMarks     = 400
	ticksWanted   = 6
)

// timelineOf draws stays and events between two times.
func timelineOf(name string, stays []*Stay, events []Entry, from, until time.Time) *Timeline {
	if len(stays) == 0 || !until.After(from) {
		return nil
	}
	t := &Timeline{Name: name, Width: timelineWidth, Left: timelineLeft}
	scale := func(at time.Time) float64 {
		share := float64(at.Sub(from)) / float64(until.Sub(from))
		return timelineLeft + min(max(share, 0), 1)*(timelineWidth-timelineLeft-10)
	}
	rows := map[string]int{}
	for _, s := range stays {
		if _, known := rows[s.Model]; !known && len(t.Rows) < mostTimeRows {
			rows[s.Model] = len(t.Rows)
			t.Rows = append(t.Rows, TimelineRow{Model: s.Model})
		}
	}
	slices.SortFunc(t.Rows, func(a, b TimelineRow) int { return strings.Compare(a.Model, b.Model) })
	for i := range t.Rows {
		rows[t.Rows[i].Model], t.Rows[i].Y = i, axisHeight+i*rowHeight
	}
	for _, s := range stays {
		if i, ok := rows[s.Model]; ok {
			t.Rows[i].Bars = append(t.Rows[i].Bars, barsOf(s, scale, until, t.Rows[i].Y)...)
		}
	}
	t.mark(events, rows, scale)
	t.Ticks, t.Height = ticksOf(from, until, scale), axisHeight+len(t.Rows)*rowHeight+4
	t.Text = fmt.Sprintf("%s of %s from %s to %s; the same is in the tables below", counted(len(stays), "release", "releases"),
		counted(len(t.Rows), "model", "models"), stamp(from), stamp(until))
	return t
}

// barsOf are the segments of a stay, the first of which carries its label.
func barsOf(s *Stay, scale func(time.Time) float64, until time.Time, y int) []Bar {
	end := until
	if s.Until != nil {
		end = *s.Until
	}
	label := ""
	if float64(len(s.Release))*letterWidth < scale(end)-scale(s.From)-6 {
		label = s.Release
	}
	var bars []Bar
	for i, segment := range s.Segments {
		to := end
		if segment.Until != nil {
			to = *segment.Until
		}
		bar := Bar{X: scale(segment.From), Y: float64(y), Class: strings.ToLower(string(segment.State))}
		bar.Width = max(scale(to)-bar.X, 1.5)
		bar.Title = fmt.Sprintf("%s %s: %s from %s to %s", s.Model, s.Release, segment.State, stamp(segment.From), stamp(to))
		if i == 0 {
			bar.Label = label
		}
		bars = append(bars, bar)
	}
	return bars
}

// letters stand for what stands out. The title says the rest.
var letters = map[records.Kind]string{
	records.Held: "H", records.Refused: "R", records.Failed: "F", records.Degraded: "!", records.Drifted: "D", records.RolledBack: "B",
	records.Overridden: "O", records.Lost: "?", records.Suspended: "S",
}

// mark puts events where they happened.
func (t *Timeline) mark(events []Entry, rows map[string]int, scale func(time.Time) float64) {
	for _, e := range events {
		i, ok := rows[e.Fact.Model]
		if !ok {
			continue
		}
		if len(t.Marks) == mostMarks {
			t.Cut++
			continue
		}
		letter := letters[e.Fact.Kind]
		if letter == "" {
			letter = "E"
		}
		t.Marks = append(t.Marks, TimelineMark{
			X: scale(e.Fact.Time), Y: t.Rows[i].Y + barHeight/2, Letter: letter, Class: strings.ToLower(string(e.Fact.Kind)),
			Title: fmt.Sprintf("%s, fact %d of %s at %s", strings.Join(highlights(e.Fact), ", "), e.Fact.Sequence, e.Fact.Unit(), stamp(e.Fact.Time)),
		})
	}
}

// ticksOf divides the time evenly.
func ticksOf(from, until time.Time, scale func(time.Time) float64) []Tick {
	layout := "2006-01-02"
	if until.Sub(from) < ticksWanted*24*time.Hour {
		layout = "01-02 15:04"
	}
	var ticks []Tick
	for i := range ticksWanted {
		at := from.Add(until.Sub(from) * time.Duration(i) / ticksWanted)
		ticks = append(ticks, Tick{X: scale(at), Label: at.UTC().Format(layout)})
	}
	return ticks
}
