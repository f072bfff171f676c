package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/evaluation"
	"github.com/penstock-dev/penstock/policies/scan"
	"github.com/penstock-dev/penstock/render"
)

// EvidenceNamespace is the purpose for which results are signed.
const EvidenceNamespace = "evidence@penstock.dev"

// result is a file with a result about the model.
type result struct {
	name    string // of the evaluation or image: the file's, without its extension
	file    string
	data    []byte
	signers []string
}

// results reads the files of one kind from all places where they may lie, and says what cannot be read.
func (r *Rules) results(s *Subject, tree fs.FS, kind string) (all []result, notes []string) {
	if tree == nil {
		return nil, nil
	}
	for _, dir := range r.layout.evidenceDirs(s.Environments, s.Unit.Name, kind) {
		entries, err := fs.ReadDir(tree, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			notes = append(notes, fmt.Sprintf("%s cannot be read: %s", dir, reason(err)))
		}
		for _, entry := range entries {
			name, isJSON := strings.CutSuffix(entry.Name(), ".json")
			if !isJSON {
				continue
			}
			file := path.Join(dir, entry.Name())
			data, err := fs.ReadFile(tree, file)
			if err != nil {
				notes = append(notes, fmt.Sprintf("%s cannot be read: %s", file, reason(err)))
				continue
			}
			signers, note := r.signersOf(tree, file, data, s.Now)
			if note != "" {
				notes = append(notes, note)
			}
			all = append(all, result{name: name, file: file, data: data, signers: signers})
		}
	}
	return all, notes
}

// signersOf are whose signature lies beside a file.
func (r *Rules) signersOf(tree fs.FS, file string, data []byte, now time.Time) ([]string, string) {
	armored, err := fs.ReadFile(tree, file+".sig")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ""
	}
	if err == nil {
		identity, refused := r.keys.Signers.Verify(data, armored, EvidenceNamespace, now)
		if refused == nil {
			return identity.Principals, ""
		}
		err = refused
	}
	return nil, fmt.Sprintf("the signature %s.sig does not count: %s", file, reason(err))
}

// scansOf are the reports of the images that would run, by their digests; of several of one image, the newest counts.
func (r *Rules) scansOf(s *Subject) (map[string]policies.Scan, []string) {
	files, notes := r.results(s, s.Tree, scansDir)
	running, all, others := digestsOf(s.object()), map[string]policies.Scan{}, []string{}
	for _, f := range files {
		report, problems := scan.Parse(f.file, f.data)
		if len(problems) > 0 {
			notes = append(notes, notesOf(problems)...)
			continue
		}
		used := false
		for _, digest := range report.ImageDigests {
			if !running[digest] {
				continue
			}
			used = true
			if have, ok := all[digest]; !ok || have.Finished.Before(report.Finished) {
				all[digest] = scanOf(report, f.signers, s.Now)
			}
		}
		if !used && len(report.ImageDigests) > 0 {
			others = append(others, fmt.Sprintf("%s is about %.19s, which is no image of the unit", f.file, report.ImageDigests[0]))
		}
	}
	if len(all) < len(running) { // reports of other images lie about, and matter only where one is missing
		notes = append(notes, others...)
	}
	return all, notes
}

func scanOf(report scan.Report, signers []string, now time.Time) policies.Scan {
	made := policies.Scan{
		Severities: map[string]int64{}, Fixable: map[string]int64{}, Signers: signers,
		Finished: report.Finished, Age: metav1.Duration{Duration: now.Sub(report.Finished)},
	}
	for severity, count := range report.Counts() {
		made.Severities[string(severity)], made.Fixable[string(severity)] = int64(count.All), int64(count.Fixable)
	}
	return made
}

// digestsOf are those of the images in the pods that objects make.
func digestsOf(o *render.Objects) map[string]bool {
	all := map[string]bool{}
	for _, image := range imagesOf(o) {
		if _, digest, has := strings.Cut(image, "@"); has {
			all[digest] = true
		}
	}
	return all
}

// evaluationsOf are the results about the model that would run, by their names, each with what the model that is replaced
// had; of several of one name, the newest counts.
func (r *Rules) evaluationsOf(s *Subject) (map[string]policies.Evaluation, []string) {
	files, notes := r.results(s, s.Tree, evaluationsDir)
	all, others := map[string]policies.Evaluation{}, map[string]string{}
	model := s.object().Descriptor.Spec.Release.Model
	for _, f := range files {
		found, problems := evaluation.Parse(f.file, f.data)
		if len(problems) > 0 {
			notes = append(notes, notesOf(problems)...)
			continue
		}
		if why := found.About(model.Source, model.Revision, 0, s.Now); len(why) > 0 {
			others[f.name] = fmt.Sprintf("%s does not count: %s", f.file, strings.Join(why, "; "))
			continue
		}
		if have, ok := all[f.name]; !ok || have.Finished.Before(found.Finished) {
			all[f.name] = policies.Evaluation{
				Metrics: found.Values(), Revision: found.Revision, Signers: f.signers,
				Finished: found.Finished, Age: metav1.Duration{Duration: s.Now.Sub(found.Finished)},
			}
		}
	}
	addNewest(all, s.measured(digestOf(s.object()), model.Revision))
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if _, counts := all[name]; !counts { // results of other revisions lie about, and matter only where there is none of this
			notes = append(notes, others[name])
		}
	}
	r.addBaselines(s, all, files)
	return all, notes
}

// addBaselines looks for what the admitted model had in the same evaluations: in the tree as it was, and in the files of the
// tree as it is.
func (r *Rules) addBaselines(s *Subject, all map[string]policies.Evaluation, files []result) {
	if s.Admitted == nil || len(all) == 0 {
		return
	}
	model := s.Admitted.Descriptor.Spec.Release.Model
	newest := map[string]time.Time{}
	before, _ := r.results(s, s.Before, evaluationsDir)
	for _, f := range slices.Concat(before, files) {
		found, problems := evaluation.Parse(f.file, f.data)
		one, wanted := all[f.name]
		if !wanted || len(problems) > 0 || len(found.About(model.Source, model.Revision, 0, s.Now)) > 0 || found.Finished.Before(newest[f.name]) {
			continue
		}
		one.Baseline, newest[f.name] = found.Values(), found.Finished
		all[f.name] = one
	}
	for name, found := range s.measured(digestOf(s.Admitted), model.Revision) {
		if one, wanted := all[name]; wanted && !found.Finished.Before(newest[name]) {
			one.Baseline = found.Metrics
			all[name] = one
		}
	}
}
