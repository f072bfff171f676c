package scan

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/evaluation/jsonfile"
)

// grype is what is read of a report of Grype.
type grype struct {
	Matches *[]struct {
		Vulnerability struct {
			ID       string `json:"id"`
			Severity string `json:"severity"`
			Fix      struct {
				Versions []string `json:"versions"`
				State    string   `json:"state"`
			} `json:"fix"`
		} `json:"vulnerability"`
		RelatedVulnerabilities []struct {
			ID string `json:"id"`
		} `json:"relatedVulnerabilities"`
		Artifact struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"artifact"`
	} `json:"matches"`
	Source struct {
		Type   string          `json:"type"`
		Target json.RawMessage `json:"target"` // an object for an image, a path for a directory
	} `json:"source"`
	Descriptor struct {
		Name      string `json:"name"`
		Version   string `json:"version"`
		Timestamp string `json:"timestamp"`
	} `json:"descriptor"`
}

type grypeTarget struct {
	RepoDigests []string `json:"repoDigests"`
}

func (p *parser) grype(g grype) {
	p.out.Scanner = named("grype", g.Descriptor.Version)
	switch {
	case g.Descriptor.Name != "grype":
		p.report("descriptor.name", UnknownFormat, "write it with grype -o json", "found %q; expected grype", short(g.Descriptor.Name))
		return
	case g.Source.Type != "image":
		p.report("source.type", NotAnImage, "scan the image", "found %q; expected image", short(g.Source.Type))
		return
	}
	var target grypeTarget
	if len(jsonfile.Read(p.file, g.Source.Target, MaxBytes, &target)) > 0 {
		p.report("source.target", problem.WrongType, "scan anew", "what was scanned is not described as an image is")
		return
	}
	p.digests("source.target.repoDigests", target.RepoDigests)
	p.finished("descriptor.timestamp", g.Descriptor.Timestamp)
	for i, m := range *g.Matches {
		f := Finding{ID: m.Vulnerability.ID, Package: m.Artifact.Name, Version: m.Artifact.Version}
		for _, related := range m.RelatedVulnerabilities {
			if related.ID != f.ID && len(f.Aliases) < 10 {
				f.Aliases = append(f.Aliases, short(related.ID))
			}
		}
		if m.Vulnerability.Fix.State == "fixed" {
			f.Fixed = strings.Join(m.Vulnerability.Fix.Versions, ", ")
			if f.Fixed == "" {
				f.Fixed = "a later version"
			}
		}
		p.add(fmt.Sprintf("matches[%d]", i), f, m.Vulnerability.Severity)
	}
}
