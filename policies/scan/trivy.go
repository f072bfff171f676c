package scan

import "fmt"

// trivy is what is read of a report of Trivy, schema version 2.
type trivy struct {
	SchemaVersion *int   `json:"SchemaVersion"`
	CreatedAt     string `json:"CreatedAt"`
	ArtifactType  string `json:"ArtifactType"`
	Trivy         struct {
		Version string `json:"Version"`
	} `json:"Trivy"`
	Metadata struct {
		RepoDigests []string `json:"RepoDigests"`
	} `json:"Metadata"`
	Results []struct {
		Vulnerabilities []struct {
			VulnerabilityID  string
			PkgName          string
			InstalledVersion string
			FixedVersion     string
			Severity         string
		} `json:"Vulnerabilities"`
	} `json:"Results"`
}

func (p *parser) trivy(t trivy) {
	p.out.Scanner = named("trivy", t.Trivy.Version)
	switch {
	case *t.SchemaVersion != 2:
		p.report("SchemaVersion", UnknownFormat, "scan with a version of Trivy that writes 2", "found version %d of the report's schema; expected 2", *t.SchemaVersion)
		return
	case t.ArtifactType != "container_image":
		p.report("ArtifactType", NotAnImage, "scan the image: trivy image", "found %q; expected container_image", short(t.ArtifactType))
		return
	}
	p.digests("Metadata.RepoDigests", t.Metadata.RepoDigests)
	p.finished("CreatedAt", t.CreatedAt)
	for i, result := range t.Results {
		for j, v := range result.Vulnerabilities {
			p.add(fmt.Sprintf("Results[%d].Vulnerabilities[%d]", i, j),
				Finding{ID: v.VulnerabilityID, Package: v.PkgName, Version: v.InstalledVersion, Fixed: v.FixedVersion}, v.Severity)
		}
	}
}

// named is a tool with its version.
func named(tool, version string) string {
	if version == "" {
		return tool
	}
	return tool + " " + short(version)
}
