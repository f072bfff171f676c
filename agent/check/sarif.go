package check

import (
	"io"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/library"
)

// informationURI is where to read about the tool.
const informationURI = "https://github.com/penstock-dev/penstock"

// WriteSARIF writes the report in SARIF 2.1.0
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), each result at the line of the descriptor that it is
// about, with the line of the rule beside it.
func WriteSARIF(w io.Writer, r *Report) error {
	run := sarif.NewRunWithInformationURI("penstock", informationURI)
	for _, res := range r.results() {
		run.AddRule(res.rule)
		text := res.message
		if res.unit != "" {
			text = res.unit + ": " + text
		}
		if res.mark != "" {
			text += " [" + res.mark + "]"
		}
		made := run.CreateResultForRule(res.rule).WithLevel(string(res.level)).WithMessage(sarif.NewTextMessage(text))
		made.WithLocations([]*sarif.Location{location(res.place)})
		if res.rulesAt.File != "" && res.rulesAt.Line > 0 && !strings.HasPrefix(res.rulesAt.File, library.Directory+"/") {
			made.WithRelatedLocations([]*sarif.Location{location(res.rulesAt).WithMessage(sarif.NewTextMessage("the rule"))})
		}
	}
	all := report.NewV210Report()
	all.AddRun(run)
	return all.PrettyWrite(w)
}

func location(p problem.Problem) *sarif.Location {
	physical := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(p.File))
	region := sarif.NewRegion().WithStartLine(max(p.Line, 1))
	if p.Column > 0 {
		region.WithStartColumn(p.Column)
	}
	return sarif.NewLocationWithPhysicalLocation(physical.WithRegion(region))
}
