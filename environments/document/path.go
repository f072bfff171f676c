package document

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Steps splits a field path, as Kubernetes writes it, into its steps: spec.env[2].name is spec, env, 2,
// name, and metadata.labels[example.com/team] is metadata, labels, example.com/team.
func Steps(path string) []string {
	var steps []string
	for path != "" {
		switch {
		case path[0] == '.':
			path = path[1:]
		case path[0] == '[':
			step, rest, _ := strings.Cut(path[1:], "]")
			steps, path = append(steps, step), rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			steps, path = append(steps, path[:end]), path[end:]
		}
	}
	return steps
}

// place is how far a path leads into a document.
type place struct {
	value   *yaml.Node // the last value reached, never an alias
	line    int
	missing int // steps that were not found
}

func (d *Document) find(path string) place {
	steps := Steps(path)
	at := place{value: d.root, line: d.root.Line}
	for i, step := range steps {
		line, next := child(at.value, step)
		if next == nil {
			at.missing = len(steps) - i
			break
		}
		at = place{value: next, line: line}
	}
	return at
}

// child is the value below a map's key or at a list's index, and the line that says it.
func child(parent *yaml.Node, step string) (line int, value *yaml.Node) {
	switch parent.Kind {
	case yaml.MappingNode:
		key, value := member(parent, step)
		if key == nil {
			return 0, nil
		}
		return key.Line, target(value)
	case yaml.SequenceNode:
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(parent.Content) {
			return 0, nil
		}
		item := parent.Content[i]
		return item.Line, target(item)
	}
	return 0, nil
}

// member looks a key up in a map: what the map says itself goes before what it merges.
func member(m *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if k := m.Content[i]; !isMerge(k) && k.Value == name {
			return k, m.Content[i+1]
		}
	}
	for _, merged := range merges(m) {
		if key, value := member(merged, name); key != nil {
			return key, value
		}
	}
	return nil, nil
}

// merges are the maps that a map's << key brings in, the strongest first.
func merges(m *yaml.Node) []*yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if !isMerge(m.Content[i]) {
			continue
		}
		from := target(m.Content[i+1])
		if from.Kind == yaml.MappingNode {
			return []*yaml.Node{from}
		}
		var all []*yaml.Node
		for _, item := range from.Content {
			all = append(all, target(item))
		}
		return all
	}
	return nil
}

func isMerge(key *yaml.Node) bool { return key.Tag == "!!merge" }

// target follows an alias. An anchor never stands on an alias, so one step is enough.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// Path joins steps, each a string or an index, into a field path that Steps splits again.
func Path(steps ...any) string {
	var b strings.Builder
	for _, step := range steps {
		fmt.Fprintf(&b, "[%v]", step)
	}
	return b.String()
}
