package document

import (
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/penstock-dev/penstock/environments/problem"
)

// check refuses documents that are too large once their aliases are written out, or that readers could
// understand in different ways. It visits each node once, whatever the aliases say.
func (p *parser) check(roots []*yaml.Node) {
	total := 0
	for _, root := range roots {
		c := checker{parser: p, extents: map[*yaml.Node]extent{}}
		total += c.measure(root, 1).nodes
		if total > MaxNodes {
			p.report(root.Line, problem.TooLarge, "split the file, or write fewer aliases",
				"with its aliases written out the file has more than %d keys and values", MaxNodes)
			return
		}
	}
}

type checker struct {
	*parser
	extents map[*yaml.Node]extent // of the document's anchored nodes, which aliases may point to
}

// extent is how much a node comes to when its aliases are written out.
type extent struct {
	nodes  int // saturates above MaxNodes
	height int // 1 for a scalar
	open   bool
}

// beyond stands for a node that was refused: it counts for little, so that one fault is reported once.
var beyond = extent{nodes: 1, height: 1}

// measure checks a node at a depth and tells its extent.
func (c *checker) measure(n *yaml.Node, depth int) extent {
	switch {
	case n.Kind == yaml.AliasNode:
		return c.alias(n, depth)
	case depth > MaxDepth:
		c.extents[n] = beyond
		c.tooDeep(n)
		return beyond
	case n.Anchor == "":
		return c.inside(n, depth)
	}
	c.extents[n] = extent{open: true}
	size := c.inside(n, depth)
	c.extents[n] = size
	return size
}

// alias counts as much as its anchor, without going there again.
func (c *checker) alias(n *yaml.Node, depth int) extent {
	size, known := c.extents[n.Alias]
	switch {
	case !known: // the reader keeps anchors from document to document; YAML and kustomize do not
		c.report(n.Line, problem.InvalidYAML, "define the anchor in the same document, before the alias",
			"the anchor of the alias *%s is in another document", short(n.Value))
		return beyond
	case size.open:
		c.report(n.Line, problem.InvalidYAML, "write the value out",
			"the alias *%s stands inside its own anchor, so it would never end", short(n.Value))
		return beyond
	case depth+size.height-1 > MaxDepth:
		c.tooDeep(n)
		return beyond
	}
	return size
}

func (c *checker) tooDeep(n *yaml.Node) {
	c.report(n.Line, problem.TooLarge, "nest less", "lists and maps are nested more than %d deep", MaxDepth)
}

func (c *checker) inside(n *yaml.Node, depth int) extent {
	switch n.Kind {
	case yaml.MappingNode:
		c.tag(n, "!!map")
		c.keys(n)
	case yaml.SequenceNode:
		c.tag(n, "!!seq")
	default:
		c.scalar(n)
	}
	size := extent{nodes: 1, height: 1}
	for _, item := range n.Content {
		in := c.measure(item, depth+1)
		size.nodes = min(size.nodes+in.nodes, MaxNodes+1)
		size.height = max(size.height, in.height+1)
	}
	return size
}

// tag refuses a list or map that claims to be something else.
func (c *checker) tag(n *yaml.Node, want string) {
	if n.ShortTag() != want {
		c.badTag(n)
	}
}

func (c *checker) badTag(n *yaml.Node) {
	c.report(n.Line, problem.UnsupportedTag, "remove the tag", "found the YAML tag %s, which Kubernetes cannot read", short(n.ShortTag()))
}

// scalar refuses what JSON cannot hold and tags that readers understand differently.
func (c *checker) scalar(n *yaml.Node) {
	tagged := n.Style&yaml.TaggedStyle != 0
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!null", "!!bool", "!!int", "!!float", "!!merge":
	case "!!timestamp":
		if tagged {
			c.badTag(n)
		}
	default:
		c.badTag(n)
		return
	}
	v, err := scalar(n)
	if err != nil {
		c.report(n.Line, problem.InvalidValue, "remove the tag", "the value is not what its YAML tag %s says", n.ShortTag())
	}
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		c.report(n.Line, problem.InvalidValue, "put it in quotes if a string is meant",
			"found %s, which is no number that JSON can hold", short(n.Value))
	}
}
