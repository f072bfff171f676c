package diff

import (
	"regexp"
	"slices"
	"strings"
)

// Shared is one change that several objects have in common, such as the label of the release.
type Shared struct {
	// Field as in each of the objects; of labels and annotations without what is before them in the path.
	Field
	// Objects that have it.
	Objects int `json:"objects"`
}

// Fold takes from objects the changes of labels and annotations that two or more of them have in common, and any other
// change that three or more have. What is left are objects with other changes; the ones that were given stay as they are.
func Fold(objects []Object) (shared []Shared, rest []Object) {
	found, ids := tally(objects)
	for _, id := range ids {
		if found[id].isShared() {
			shared = append(shared, *found[id])
		}
	}
	for _, o := range objects {
		o.Fields = slices.DeleteFunc(slices.Clone(o.Fields), func(f Field) bool { return found[foldID(f)].isShared() })
		if len(o.Fields) > 0 || o.Change != Changed || o.Was != "" {
			rest = append(rest, o)
		}
	}
	return shared, rest
}

// tally counts the objects of each change, and names the changes in the order in which they come.
func tally(objects []Object) (found map[string]*Shared, ids []string) {
	found = map[string]*Shared{}
	for _, o := range objects {
		seen := map[string]bool{}
		for _, f := range o.Fields {
			id := foldID(f)
			if found[id] == nil {
				f.Path = foldedPath(f.Path)
				found[id], ids = &Shared{Field: f}, append(ids, id)
			}
			if !seen[id] {
				seen[id] = true
				found[id].Objects++
			}
		}
	}
	return found, ids
}

func (s *Shared) isShared() bool {
	return s.Objects > 2 || s.Objects > 1 && isMetadata(s.Path)
}

func isMetadata(path string) bool { return foldable.MatchString("metadata." + path) }

func foldID(f Field) string {
	return strings.Join([]string{foldedPath(f.Path), string(f.Change), text(f.Old), text(f.New)}, "\x00")
}

// foldable are the paths of labels and annotations, of an object's own or of a template's.
var foldable = regexp.MustCompile(`(?:^|\.)metadata\.((?:labels|annotations)[.\[].*)$`)

// foldedPath is the path of a label or annotation without where the metadata stands.
func foldedPath(path string) string {
	if parts := foldable.FindStringSubmatch(path); parts != nil {
		return parts[1]
	}
	return path
}
