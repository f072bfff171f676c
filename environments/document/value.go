package document

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// value is a checked node as JSON would hold it.
func value(n *yaml.Node) any {
	n = target(n)
	switch n.Kind {
	case yaml.MappingNode:
		object := make(map[string]any, len(n.Content)/2)
		fill(object, n)
		return object
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = value(item)
		}
		return list
	default:
		v, _ := scalar(n) // Parse has refused what cannot be read
		return v
	}
}

func fill(object map[string]any, m *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if key := m.Content[i]; !isMerge(key) {
			if _, said := object[key.Value]; !said {
				object[key.Value] = value(m.Content[i+1])
			}
		}
	}
	for _, merged := range merges(m) {
		fill(object, merged)
	}
}

// scalar reads a string, a number, a boolean or null. A date is a string: JSON has no dates.
func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!int":
		return integer(n)
	case "!!float":
		var f float64
		err := n.Decode(&f)
		return f, err
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		return b, err
	default:
		return n.Value, nil
	}
}

// integer is an int64, or a float64 for what does not fit, as in JSON. The common case goes past the
// decoder, which knows 0x1F, 0o17 and 1_000 as well.
func integer(n *yaml.Node) (any, error) {
	if plain := n.Value; plain != "" && (plain[0] != '0' || plain == "0") {
		if i, err := strconv.ParseInt(plain, 10, 64); err == nil {
			return i, nil
		}
	}
	var i int64
	if n.Decode(&i) == nil {
		return i, nil
	}
	var f float64
	err := n.Decode(&f)
	return f, err
}
