package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/policies"
)

// write shows what would be promoted, and the gates.
func (p *promotion) write(out io.Writer) error {
	fmt.Fprintln(out, p.story.Subject())
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range [][2]string{
		{"copies", p.plan.Source + " to " + p.plan.Target}, {"replaces", p.plan.Replaces()}, {"onto", p.onto()}, {"branch", p.plan.Branch()},
	} {
		fmt.Fprintf(w, "  %s\t%s\n", row[0], visible(row[1]))
	}
	if len(p.gates) > 0 {
		fmt.Fprintln(w, "\nGATE\tSTATE")
	}
	for _, g := range p.gates {
		fmt.Fprintf(w, "%s\t%s\n", visible(g.Name), g.Word())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, g := range p.gates {
		for _, text := range g.Says {
			fmt.Fprintf(out, "%s: %s\n", visible(g.Name), visible(text))
		}
	}
	for _, note := range p.notes() {
		fmt.Fprintf(out, "note: %s\n", visible(note))
	}
	for _, problem := range p.report.Problems {
		fmt.Fprintf(out, "error: %s\n", visible(problem.Error()))
	}
	_, err := fmt.Fprintln(out, p.summary())
	return err
}

// onto is the commit that it is made on, and how old that is.
func (p *promotion) onto() string {
	commit := p.target.Commit()
	text := fmt.Sprintf("%s/%s at %.12s %s, %s old", promote.Remote, p.into, commit.Hash, commit.Subject(), age(p.now.Sub(commit.Committer.When)))
	if !p.offline {
		return text
	}
	fetched := p.clone.Fetched()
	if fetched.IsZero() {
		return text + ", and nothing was fetched to see whether there is more"
	}
	return text + ", fetched " + age(p.now.Sub(fetched)) + " ago"
}

// age is how long something has been, in one unit.
func age(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / unit.length); n > 0 {
			return counted(n, unit.name)
		}
	}
	return "0 seconds"
}

// counted is a number with its word.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// notes are what a reader should know besides.
func (p *promotion) notes() []string {
	notes := append([]string{}, p.plan.Warnings...)
	notes = append(notes, p.report.Notes...)
	for _, unit := range p.report.Units {
		if unit.Outcome != nil {
			notes = append(notes, unit.Outcome.Notes...)
		}
	}
	return notes
}

// summary is what the gates say in all.
func (p *promotion) summary() string {
	if len(p.gates) == 0 {
		return p.to + " has no policies about this, so nothing is in its way"
	}
	count := map[promote.GateState]int{}
	for _, g := range p.gates {
		count[g.State]++
	}
	parts := []string{fmt.Sprintf("%s: %d open", counted(len(p.gates), "gate"), count[promote.Open])}
	if n := count[promote.People]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting for people", n))
	}
	if n := count[promote.Later]; n > 0 {
		text := fmt.Sprintf("%d opening later", n)
		if again := p.again(); again != nil {
			text += ", the first at " + again.Format(time.RFC3339)
		}
		parts = append(parts, text)
	}
	if n := count[promote.Closed]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d closed", n))
	}
	return strings.Join(parts, "; ")
}

// again is when the first gate opens by itself.
func (p *promotion) again() (first *time.Time) {
	for _, g := range p.gates {
		if g.Opens != nil && (first == nil || g.Opens.Before(*first)) {
			first = g.Opens
		}
	}
	return first
}

// promotionReport is the promotion as JSON. Its fields keep their names and meaning; new ones may come.
type promotionReport struct {
	Model           string           `json:"model"`
	From            string           `json:"from,omitempty"`
	To              string           `json:"to"`
	Release         string           `json:"release,omitempty"`
	ReleaseDigest   string           `json:"releaseDigest,omitempty"`
	PreviousRelease string           `json:"previousRelease,omitempty"`
	Source          string           `json:"source,omitempty"`
	Target          string           `json:"target,omitempty"`
	Into            string           `json:"into"`
	Base            string           `json:"base"`
	Commit          string           `json:"commit,omitempty"`
	Branch          string           `json:"branch,omitempty"`
	Verdict         policies.Verdict `json:"verdict,omitempty"`
	// Ready says whether nothing is left but what waits for people.
	Ready bool           `json:"ready"`
	Gates []promote.Gate `json:"gates,omitempty"`
	Again *time.Time     `json:"again,omitempty"`
	Notes []string       `json:"notes,omitempty"`
	// State, Did, PullRequest and Message are what came of it; absent when nothing was to be pushed.
	State       promote.State    `json:"state,omitempty"`
	Did         []promote.Action `json:"did,omitempty"`
	PullRequest string           `json:"pullRequest,omitempty"`
	Message     string           `json:"message,omitempty"`
}

// writeJSON writes what came of it; result is nil when nothing was to be pushed.
func (p *promotion) writeJSON(out io.Writer, result *promote.Result) error {
	r := promotionReport{Model: p.model, To: p.to, From: p.from, Into: p.into, Base: p.target.Commit().Hash}
	if p.plan != nil {
		r.From, r.Release, r.ReleaseDigest, r.PreviousRelease = p.plan.From, p.plan.ReleaseID(), p.plan.Digest(), p.plan.Replaces()
		r.Source, r.Target, r.Commit, r.Branch = p.plan.Source, p.plan.Target, p.commit, p.plan.Branch()
		r.Verdict, r.Ready, r.Gates, r.Again, r.Notes = p.report.Verdict, promote.Ready(p.gates), p.gates, p.again(), p.notes()
	}
	if result != nil {
		r.State, r.Did, r.Message, r.Commit = result.State, result.Did, result.Message, result.Commit
		if result.PullRequest != nil {
			r.PullRequest = result.PullRequest.URL
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
