package render

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// objectsOf turns kustomize's nodes into objects.
func objectsOf(nodes []*yaml.RNode) ([]*unstructured.Unstructured, error) {
	list := make([]*unstructured.Unstructured, len(nodes))
	for i, node := range nodes {
		value, err := plain(node.YNode())
		if err != nil {
			return nil, err
		}
		object, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("expected an object, found %T", value)
		}
		list[i] = &unstructured.Unstructured{Object: object}
	}
	return list, nil
}

// plain is a node as JSON would hold it. Kustomize has its own way, which writes the node out and reads it
// back, costs three times as much, and turns a date into a time of day.
func plain(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.AliasNode: // kustomize has replaced them
		return plain(n.Alias)
	case yaml.MappingNode:
		return plainMap(n)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = plain(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	default:
		return plainScalar(n)
	}
}

func plainMap(n *yaml.Node) (any, error) {
	object := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		value, err := plain(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		object[n.Content[i].Value] = value
	}
	return object, nil
}

func plainScalar(n *yaml.Node) (any, error) {
	if n.ShortTag() == yaml.NodeTagString {
		return n.Value, nil
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return nil, err
	}
	switch v := value.(type) {
	case int:
		return int64(v), nil
	case uint64:
		return float64(v), nil
	case time.Time:
		return n.Value, nil
	default:
		return v, nil
	}
}
