package diff

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// comparison collects the fields of one object that differ.
type comparison struct {
	secret bool
	fields []Field
}

// values compares what stands at a path before and after. nil is no value, as it is to the API server.
func (c *comparison) values(at path, old, now any) {
	if same(at, old, now) {
		return
	}
	oldMap, oldIsMap := old.(map[string]any)
	nowMap, nowIsMap := now.(map[string]any)
	oldList, oldIsList := old.([]any)
	nowList, nowIsList := now.([]any)
	switch {
	case c.isSecret(at) && len(at) > 1:
		c.secretValue(at, old, now)
	case oldIsMap && nowIsMap, c.secret && (oldIsMap || old == nil) && (nowIsMap || now == nil):
		c.maps(at, oldMap, nowMap) // of a Secret down to the last, lest a whole map is shown
	case c.isSecret(at):
		c.secretValue(at, old, now)
	case oldIsList && nowIsList:
		c.lists(at, oldList, nowList)
	default:
		c.note(at, changeOf(old, now), old, now)
	}
}

func (c *comparison) note(at path, change Change, old, now any) {
	c.fields = append(c.fields, Field{Path: at.String(), Change: change, Old: old, New: now})
}

func changeOf(old, now any) Change {
	switch {
	case old == nil:
		return Added
	case now == nil:
		return Removed
	}
	return Changed
}

func (c *comparison) maps(at path, old, now map[string]any) {
	keys := maps.Clone(old)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, now)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		c.values(at.field(key), old[key], now[key])
	}
}

// same reports whether two values mean the same.
func same(at path, a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && sameMaps(at, a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, func(x, y any) bool { return same(at.item(""), x, y) })
	}
	return reflect.DeepEqual(a, b) || sameNumber(a, b) || at.within(amounts) && sameAmount(a, b)
}

func sameMaps(at path, a, b map[string]any) bool {
	for key, value := range a {
		if !same(at.field(key), value, b[key]) {
			return false
		}
	}
	for key, value := range b {
		if _, both := a[key]; !both && value != nil {
			return false
		}
	}
	return true
}

// text is a value as JSON, to compare it by.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}
