package records

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// So many facts of one kind about one model are read, and so many of all kinds about it are passed by, however old they are.
const (
	recent = 32
	passed = 1000
)

// Written finds which facts are on a branch already, by their ids, where tree is that of its tip.
//
// An agent that was killed between pushing facts and noting so pushes the same again, from its journal; and one that was
// killed before it noted in the status what it had told tells the same again, later. Either way it happens at the end of
// what it told of that model. So for each fact only those of its kind about its model are read, from the newest back, until
// it is found, or until they are older than the fact itself and enough were looked at. This costs the same however long the
// branch is, and does not depend on when the agent comes back.
func Written(tree fs.FS, facts []Fact) (map[string]bool, error) {
	type topic struct {
		model string
		kind  Kind
	}
	sought := map[topic][]Fact{}
	for _, f := range facts {
		sought[topic{f.Model, f.Kind}] = append(sought[topic{f.Model, f.Kind}], f)
	}
	written := map[string]bool{}
	for about, some := range sought {
		if err := findWritten(tree, about.model, about.kind, some, written); err != nil {
			return nil, fmt.Errorf("look which facts about %s are written already: %w", dirOf(about.model), err)
		}
	}
	return written, nil
}

// findWritten looks for facts of one kind about one model.
func findWritten(tree fs.FS, model string, kind Kind, facts []Fact, written map[string]bool) error {
	missing, oldest := map[string]bool{}, facts[0].Time
	for _, f := range facts {
		missing[f.ID] = true
		if f.Time.Before(oldest) {
			oldest = f.Time
		}
	}
	read, seen, day := 0, 0, oldest.UTC().Truncate(24*time.Hour)
	for place, err := range newestFirst(tree, model) {
		if err != nil {
			return err
		}
		if len(missing) == 0 || (read >= recent || seen >= passed) && place.Day.Before(day) {
			return nil
		}
		seen++
		if place.Kind != kind {
			continue
		}
		data, err := fs.ReadFile(tree, place.Path())
		if err != nil {
			return err
		}
		f, problems := Unmarshal(place.Path(), data)
		if len(problems) > 0 {
			return problems
		}
		read++
		if missing[f.ID] {
			written[f.ID] = true
			delete(missing, f.ID)
		}
	}
	return nil
}

// newestFirst goes through the facts about a model from the newest back.
func newestFirst(tree fs.FS, model string) func(yield func(Place, error) bool) {
	return func(yield func(Place, error) bool) {
		err := backwards(tree, dirOf(model), func(month string) error {
			return backwards(tree, month, func(day string) error {
				return backwards(tree, day, func(file string) error {
					place, ok := ParsePath(file)
					if ok && !yield(place, nil) {
						return fs.SkipAll
					}
					return nil
				})
			})
		})
		if err != nil && !errors.Is(err, fs.SkipAll) {
			yield(Place{}, err)
		}
	}
}

// backwards visits what is in a directory, the last name first. A directory that is not there has nothing in it.
func backwards(tree fs.FS, dir string, visit func(name string) error) error {
	entries, err := fs.ReadDir(tree, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(b.Name(), a.Name()) })
	for _, entry := range entries {
		if err := visit(path.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
