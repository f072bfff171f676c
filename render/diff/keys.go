package diff

import "strings"

// key is the fields that tell the items of a list apart. A field that an item does not have counts as its default.
type key struct {
	fields   []string
	defaults []string // of each field; "" makes the field one that has to be there
}

func by(fields ...string) key { return key{fields, make([]string, len(fields))} }

// port is the key of a port, which has TCP for its protocol unless it says so.
func port(field string) key { return key{[]string{field, "protocol"}, []string{"", "TCP"}} }

// keys are those by which Kubernetes merges lists, or tells their items apart, by the name of the list: the patchMergeKey
// and listMapKey markers of its API types. Of several the first that fits all items counts.
var keys = map[string][]key{
	"accessModes":               nil,
	"backendRefs":               {by("name")},
	"conditions":                {by("type")},
	"endpoints":                 {by("port")},
	"hostAliases":               {by("ip")},
	"items":                     {by("key"), by("path")},
	"matchExpressions":          {by("key", "operator")},
	"ownerReferences":           {by("uid")},
	"parentRefs":                {by("name", "sectionName"), by("name")},
	"podMetricsEndpoints":       {by("port")},
	"ports":                     {by("name"), port("containerPort"), port("port")},
	"tolerations":               {{[]string{"key", "operator", "value", "effect"}, []string{"*", "Equal", "*", "*"}}},
	"topologySpreadConstraints": {by("topologyKey", "whenUnsatisfiable")},
	"volumeDevices":             {by("devicePath")},
	"volumeMounts":              {by("mountPath")},
}

// keysOf are those that the items of a list may have. Most lists that are not in the table have items with names:
// containers, volumes, env, imagePullSecrets, resourceClaims, and what custom resources call theirs.
func keysOf(list string) []key {
	if known, ok := keys[list]; ok {
		return known
	}
	return []key{by("name")}
}

// of is the key of an item; ok if the item has it.
func (k key) of(item any) (text string, ok bool) {
	object, ok := item.(map[string]any)
	if !ok {
		return "", false
	}
	parts := make([]string, len(k.fields))
	for i, field := range k.fields {
		if parts[i], ok = scalar(object[field]); !ok || parts[i] == "" {
			parts[i] = k.defaults[i]
		}
		if parts[i] == "" {
			return "", false
		}
	}
	return strings.Join(parts, "/"), true
}

// indexed are the items by their keys, and the keys in order; ok if each has one of its own.
func (k key) indexed(list []any) (order []string, items map[string]any, ok bool) {
	items = make(map[string]any, len(list))
	for _, item := range list {
		text, has := k.of(item)
		if _, taken := items[text]; taken || !has {
			return nil, nil, false
		}
		order, items[text] = append(order, text), item
	}
	return order, items, true
}
