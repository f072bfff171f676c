package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/agent/records"
)

// objectsOf tells what was done to objects, those that were left as they are in a number.
func objectsOf(objects []records.Object) []string {
	byAction := map[string][]string{}
	for _, o := range objects {
		name := o.Kind + "/" + o.Name
		byAction[o.Action] = append(byAction[o.Action], name)
	}
	var lines []string
	for _, action := range slices.Sorted(maps.Keys(byAction)) {
		names := byAction[action]
		if action == "unchanged" {
			lines = append(lines, fmt.Sprintf("unchanged: %s", counted(len(names), "object", "objects")))
			continue
		}
		lines = append(lines, oneLine(fmt.Sprintf("%s: %s", action, listed(names, 12))))
	}
	return lines
}

// evidenceOf is what the decision rested on.
func evidenceOf(d *records.Decision) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(d.Evidence)) {
		e := d.Evidence[name]
		text := name + ": not healthy"
		if e.Healthy && e.HealthySince != nil {
			text = fmt.Sprintf("%s: healthy since %s", name, stamp(*e.HealthySince))
			if e.Until != nil {
				text += " until " + stamp(*e.Until)
			}
			if e.HealthyFor != nil {
				text += ", for " + lasting(e.HealthyFor.Duration)
			}
		}
		if e.LastFailure != nil {
			text += "; last failed at " + stamp(*e.LastFailure)
		}
		if e.LastDrift != nil {
			text += "; last drifted at " + stamp(*e.LastDrift)
		}
		lines = append(lines, oneLine(text))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Evaluations)) {
		lines = append(lines, oneLine(fmt.Sprintf("evaluation %s of %s: %s", name, stamp(d.Evaluations[name].Finished), metricsOf(d.Evaluations[name].Metrics))))
	}
	if w := d.Windows; w != nil && !w.Open {
		lines = append(lines, oneLine("windows: closed: "+w.Reason))
	}
	return lines
}

// metricsOf are figures, not too many.
func metricsOf(metrics map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		parts = append(parts, name+" "+strconv.FormatFloat(metrics[name], 'g', 6, 64))
	}
	return listed(parts, 12)
}

func driftOf(drift []records.Drift) []string {
	var lines []string
	for _, d := range drift {
		text := fmt.Sprintf("%s/%s %s: %q, where Git has %q", d.Object.Kind, d.Object.Name, d.Field, d.Found, d.Wanted)
		if d.Manager != "" {
			text += ", by " + strings.TrimSuffix(d.Manager+" ("+d.Subresource+")", " ()")
		}
		if d.Time != nil {
			text += " at " + stamp(*d.Time)
		}
		lines = append(lines, oneLine(text))
	}
	return lines
}

func evaluationOf(e *records.Evaluation) []string {
	if e == nil {
		return nil
	}
	word := "passed"
	if !e.Passed {
		word = "FAILED"
	}
	text := fmt.Sprintf("%s %s: %s", e.Name, word, metricsOf(e.Metrics))
	if e.Revision != "" {
		text += ", of revision " + e.Revision
	}
	if e.Dataset != "" {
		text += ", with " + e.Dataset
	}
	lines := []string{oneLine(text)}
	return append(lines, oneLines(e.Problems)...)
}

func promotionOf(p *records.Promotion) []string {
	if p == nil {
		return nil
	}
	return []string{oneLine(fmt.Sprintf("%s: from %s to %s on %s, commit %.12s %s", p.Action, p.From, p.To, p.Branch, p.Commit, p.URL))}
}
