package audit

import (
	"slices"

	"github.com/penstock-dev/penstock/agent/records"
)

// past is what the facts about a model come to before one of them: what the agent knew from the status in its cluster.
type past struct {
	stand    *stand   // what was admitted last; nil for nothing
	releases []former // that ran here, the newest first
	rules    string   // commit of the rules of the last decision
}

// stand is what was admitted and applied.
type stand struct {
	commit   string // that it was last rendered from, as far as facts tell
	digest   string // of the objects
	sequence uint64
}

// former is a release that ran here.
type former struct {
	digest  string
	healthy bool
}

// mostFormer is how many releases an agent remembers.
const mostFormer = 10

// tell takes up a fact.
func (p *past) tell(f records.Fact) {
	if in := f.Data.Inputs; in != nil && in.RulesCommit != "" {
		p.rules = in.RulesCommit
	}
	switch f.Kind {
	case records.Applied, records.Corrected:
		p.applied(f)
	case records.Healthy, records.Degraded:
		p.looked(f)
	case records.Pruned:
		*p = past{rules: p.rules}
	}
}

func (p *past) applied(f records.Fact) {
	if f.Data.Release == nil || f.Data.Source == nil || f.Data.Inputs == nil {
		return
	}
	p.stand = &stand{commit: f.Data.Source.Commit, digest: f.Data.Inputs.Digest, sequence: f.Sequence}
	if digest := f.Data.Release.Digest; len(p.releases) == 0 || p.releases[0].digest != digest {
		p.releases = slices.Insert(p.releases, 0, former{digest: digest})
		p.releases = p.releases[:min(len(p.releases), mostFormer)]
	}
}

// looked takes up how what runs was found, and from which commit it was rendered by then: commits that change nothing that is
// applied are told of in no other way.
func (p *past) looked(f records.Fact) {
	if len(p.releases) == 0 || f.Data.Release == nil || f.Data.Release.Digest != p.releases[0].digest {
		return
	}
	if f.Kind == records.Healthy {
		p.releases[0].healthy = true
	}
	if p.stand != nil && f.Data.Source != nil && f.Data.Source.Commit != "" {
		p.stand.commit = f.Data.Source.Commit
	}
}

// former are the digests of the releases that were healthy before the one that runs.
func (p *past) former() []string {
	var digests []string
	for i, r := range p.releases {
		if i > 0 && r.healthy {
			digests = append(digests, r.digest)
		}
	}
	return digests
}
