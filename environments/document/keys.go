package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/penstock-dev/penstock/environments/problem"
)

// keys refuses a map with a key twice, since readers differ on which one counts, and keys that are not
// strings, since JSON has no others.
func (c *checker) keys(m *yaml.Node) {
	first := make(map[string]int, len(m.Content)/2)
	for i := 0; i+1 < len(m.Content); i += 2 {
		key := m.Content[i]
		if !c.key(key) {
			continue
		}
		if isMerge(key) {
			c.merge(m.Content[i+1])
		}
		if line, twice := first[key.Value]; twice {
			c.report(key.Line, problem.DuplicateKey, "keep one of them",
				"the key %q is here a second time; the first is on line %d", short(key.Value), line+c.skip)
			continue
		}
		first[key.Value] = key.Line
	}
}

func (c *checker) key(key *yaml.Node) bool {
	switch {
	case key.Kind != yaml.ScalarNode:
		c.report(key.Line, problem.InvalidKey, "use a plain string as the key", "found %s as a key", describe(key))
		return false
	case key.ShortTag() == "!!str" || key.ShortTag() == "!!timestamp" || isMerge(key):
		return true
	case key.Value == "":
		c.report(key.Line, problem.InvalidKey, "write the key, or \"\" if it is meant to be empty", "the key is missing")
		return false
	}
	c.report(key.Line, problem.InvalidKey, fmt.Sprintf("put it in quotes: %q", short(key.Value)),
		"the key %s is %s; expected a string", short(key.Value), describe(key))
	return false
}

// merge refuses a << key that brings in anything but maps.
func (c *checker) merge(value *yaml.Node) {
	from := target(value)
	ok := from.Kind == yaml.MappingNode
	if from.Kind == yaml.SequenceNode {
		ok = true
		for _, item := range from.Content {
			ok = ok && target(item).Kind == yaml.MappingNode
		}
	}
	if !ok {
		c.report(value.Line, problem.InvalidValue, "merge a map, as in <<: *anchor, or put the key in quotes",
			"the merge key << has %s; expected a map or a list of maps", describe(from))
	}
}

// describe names a node's type, with its article.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a boolean"
	case "!!null":
		return "null"
	}
	return "a string"
}

// short keeps a message readable, and a long secret out of it.
func short(s string) string {
	const most = 40
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
