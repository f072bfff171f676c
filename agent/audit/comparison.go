package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
)

// comparison holds what is made again against a fact.
type comparison struct {
	*Replay
	fact records.Fact
}

func (c *comparison) note(format string, args ...any) {
	if text := oneLine(fmt.Sprintf(format, args...)); !slices.Contains(c.Notes, text) {
		c.Notes = append(c.Notes, text)
	}
}

// same compares two texts.
func (c *comparison) same(what, recorded, replayed, why string) bool {
	if recorded == replayed {
		c.Checks = append(c.Checks, Check{What: what, Result: Same, Recorded: oneLine(shortened(recorded))})
		return true
	}
	c.differs(what, recorded, replayed, why)
	return false
}

func (c *comparison) differs(what, recorded, replayed, why string) {
	c.Checks = append(c.Checks, Check{What: what, Result: Different, Recorded: oneLine(recorded), Replayed: oneLine(replayed), Why: oneLine(why)})
}

// cannot notes that something cannot be told.
func (c *comparison) cannot(what string, err error) {
	if err != nil {
		c.Checks = append(c.Checks, Check{What: what, Result: Unknown, Why: oneLine(err.Error())})
	}
}

// shortened is what is shown of a value that is the same.
func shortened(text string) string {
	if len(text) > 80 {
		return ""
	}
	return text
}

// sum is the worst of all checks.
func (r *Replay) sum() {
	r.Result = Same
	for _, check := range r.Checks {
		if check.Result == Different || check.Result == Unknown && r.Result == Same {
			r.Result = check.Result
		}
	}
}

// otherVersion says what may explain that objects are rendered otherwise.
func (c *comparison) otherVersion() string {
	if c.Recorded != c.Version {
		return fmt.Sprintf("it was recorded by Penstock %s, and this is %s: another version may render otherwise; replay with that one to be sure", orUnnamed(c.Recorded), orUnnamed(c.Version))
	}
	return "the same version of Penstock renders otherwise: the record is not true, or the version is not what it says"
}

func orUnnamed(version string) string {
	if version == "" {
		return "without a version"
	}
	return version
}

// objects compares what is rendered.
func (c *comparison) objects(o *render.Objects) {
	in := c.fact.Data.Inputs
	if c.isCut("data.inputs.files") {
		c.note("the fact was too large, and does not have all files")
	} else {
		c.files(in.Files, o)
	}
	c.same("content", in.Content, o.Content, "the files at the commit are not those that were read; penstock audit verify says which")
	c.same("objects", in.Digest, o.Digest, c.otherVersion())
	if in.Objects != "" && in.Objects != in.Digest {
		c.differs("objects", in.Objects, in.Digest, "the fact says two things of what was decided on")
	}
	if said := c.fact.Data.Release; said != nil && o.Descriptor.Spec != nil {
		spec := o.Descriptor.Spec.Release
		c.same("release", release(said.ID, said.Digest, said.Model, said.Revision, said.Image),
			release(o.ReleaseID, environments.ReleaseDigest(spec), spec.Model.Source, spec.Model.Revision, spec.Runtime.Image), c.otherVersion())
	}
}

func release(parts ...string) string { return strings.Join(parts, " ") }

// files compares the digests of the files that were read.
func (c *comparison) files(recorded []records.File, o *render.Objects) {
	said, is := map[string]string{}, map[string]string{}
	for _, f := range recorded {
		said[f.Name] = f.SHA256
	}
	for _, f := range o.Files {
		is[f.Name] = f.SHA256
	}
	if maps.Equal(said, is) {
		c.Checks = append(c.Checks, Check{What: "files", Result: Same, Recorded: counted(len(said), "file", "files")})
		return
	}
	var other []string
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if is[name] != said[name] {
			other = append(other, name)
		}
		delete(is, name)
	}
	other = append(other, slices.Sorted(maps.Keys(is))...)
	c.differs("files", "", listed(other, 10), "the commit has other files, or another version of Penstock reads others")
}

// isCut says whether something was left out of the fact since it was too large.
func (c *comparison) isCut(field string) bool {
	return slices.ContainsFunc(c.fact.Data.Cut, func(note string) bool {
		return strings.HasPrefix(note, field) || strings.HasPrefix(note, "and ")
	})
}

// again is a fact with the outcome in it, as the agent would record it now: what it could not hold is cut alike.
func (c *comparison) again(outcome gate.Outcome) records.Data {
	in := outcome.Input
	f := records.Fact{Data: records.Data{
		Source: &records.Source{Commit: c.Commit, Changes: in.Change.Commits},
		Decision: &records.Decision{
			Decision: outcome.Decision, Reason: outcome.Reason(), Change: in.Change.Kind, Now: in.Now, Notes: outcome.Notes,
			Approvals: in.Approvals, Evidence: in.Evidence, Evaluations: in.Evaluations, Windows: &in.Windows,
		},
	}}
	return f.Bounded().Data
}

// asJSON is a value as facts have it, so that what was written and read again compares with what was not.
func asJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if text := string(data); text != "null" && text != "{}" && text != "[]" {
		return text
	}
	return ""
}

// agreesOn says whether an outcome is the one that was recorded, in all that files could change.
func (c *comparison) agreesOn(outcome gate.Outcome, selected []policies.Selection) bool {
	trial := &comparison{Replay: &Replay{Environment: c.Environment, Commit: c.Commit, Recorded: c.Recorded, Version: c.Version}, fact: c.fact}
	trial.decision(outcome, selected)
	trial.sum()
	return trial.Result != Different
}

// onlyRecorded are the names of results that the record has and Git does not.
func (c *comparison) onlyRecorded(inGit map[string]policies.Evaluation) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.fact.Data.Decision.Evaluations)) {
		if _, ok := inGit[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// withRecorded adds the results that only the record has.
func (c *comparison) withRecorded(inGit map[string]policies.Evaluation) map[string]policies.Evaluation {
	all := maps.Clone(inGit)
	for _, name := range c.onlyRecorded(inGit) {
		if all == nil {
			all = map[string]policies.Evaluation{}
		}
		all[name] = c.fact.Data.Decision.Evaluations[name]
	}
	return all
}
