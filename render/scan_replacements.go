package render

import (
	"encoding/json"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// copying is a replacement and where it was said.
type copying struct {
	types.Replacement
	from origin
}

// replacements vets the replacements of a kustomization. Each copies a value to any number of places, so
// a chain of them, in which one reads what another wrote, could double an object at every link.
func (s *scanner) replacements(root string, here origin, k *types.Kustomization) {
	for i, r := range k.Replacements {
		from := here.at("replacements[%d]", i)
		if r.Path == "" {
			s.copies = append(s.copies, copying{r.Replacement, from})
		} else if file, ok := s.yaml(root, from.at(".path"), r.Path); ok {
			s.operatorFile(file)
			s.replacementsIn(from, file)
		}
	}
}

// replacementsIn reads a file that holds one replacement or a list of them.
func (s *scanner) replacementsIn(from origin, file *document.File) {
	if len(file.Documents) != 1 {
		s.report(from, problem.WrongKind, "write one list", "expected one document in %s, found %d", file.Name, len(file.Documents))
		return
	}
	content, _ := file.Documents[0].Value("")
	if _, ok := content.([]any); !ok {
		content = []any{content}
	}
	var list []types.Replacement
	data, err := json.Marshal(content)
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		s.report(from, problem.WrongType, "see the reference of replacements", "%s is not a list of replacements", file.Name)
		return
	}
	for _, r := range list {
		s.copies = append(s.copies, copying{r, from})
	}
}

// checkCopies refuses chains, and what would grow too large even without.
func (s *scanner) checkCopies() {
	matches := 0
	for _, c := range s.copies {
		for _, t := range c.Targets {
			matches += s.matches(t)
		}
		if c.Source != nil && s.written(c.Source) {
			s.report(c.from, problem.NotAllowed, "copy from the field that the other one copies from",
				"it reads a field that a replacement writes, and such a chain can double what it copies at each link")
		}
	}
	if matches > 0 && s.bytes > maxGrowth/matches {
		s.report(s.copies[0].from, problem.TooLarge, "name the targets more narrowly", "replacements with up to %d targets are more than a build may take", matches)
	}
}

// matches is the most places that a target can mean.
func (s *scanner) matches(t *types.TargetSelector) int {
	if t == nil {
		return 0
	}
	places := 0
	for _, path := range t.FieldPaths {
		if strings.ContainsAny(path, "*[") {
			places += s.objects + s.items + s.operations*s.objects
		} else {
			places += s.objects
		}
	}
	return max(places, s.objects)
}

// written reports whether any replacement may write to a source.
func (s *scanner) written(source *types.SourceSelector) bool {
	for _, c := range s.copies {
		for _, t := range c.Targets {
			if t != nil && t.Select != nil && mayBe(t.Select.Kind, source.Kind) && touches(t.FieldPaths, source.FieldPath) {
				return true
			}
		}
	}
	return false
}

// mayBe reports whether a target's pattern may match the kind of a source.
func mayBe(pattern, kind string) bool {
	plain := !strings.ContainsAny(pattern, `\.+*?()|[]{}^$`)
	return pattern == "" || kind == "" || !plain || pattern == kind
}

// touches reports whether one of the paths contains the other, or may.
func touches(targets []string, source string) bool {
	if len(targets) == 0 {
		targets = []string{types.DefaultReplacementFieldPath}
	}
	if source == "" {
		source = types.DefaultReplacementFieldPath
	}
	for _, target := range targets {
		if overlap(strings.Split(target, "."), strings.Split(source, ".")) {
			return true
		}
	}
	return false
}

func overlap(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && !strings.ContainsAny(a[i]+b[i], `*[]\`) {
			return false
		}
	}
	return true
}

// count is how many objects and how many list items and map entries a document holds, nested lists of
// objects included.
func count(value any) (objects, items int) {
	switch v := value.(type) {
	case map[string]any:
		items = len(v)
		for key, in := range v {
			o, i := count(in)
			items += i
			if list, ok := in.([]any); ok && key == "items" {
				objects += max(o, len(list))
			}
		}
	case []any:
		items = len(v)
		for _, in := range v {
			o, i := count(in)
			objects, items = objects+o+1, items+i
		}
	}
	return objects, items
}
