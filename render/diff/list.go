package diff

import (
	"fmt"
	"slices"
	"strconv"
)

// lists compares lists: by the keys of their items, as arguments, or item by item.
func (c *comparison) lists(at path, old, now []any) {
	if c.keyed(at, old, now) {
		return
	}
	if reordered(old, now) {
		c.note(at.item(order), Changed, old, now)
		return
	}
	if name := at.last(); (name == "args" || name == "command") && allText(old) && allText(now) {
		c.arguments(at, old, now)
		return
	}
	equal := func(i, j int) bool { return same(at.item(""), old[i], now[j]) }
	for _, h := range eitherWay(text(old) <= text(now), len(old), len(now), equal) {
		c.hunk(at, old, now, h)
	}
}

// order is how a path names the order of a list.
const order = "order"

// hunk compares items that are in the place of others, pair by pair.
func (c *comparison) hunk(at path, old, now []any, h hunk) {
	for h.old < h.oldEnd && h.now < h.nowEnd {
		c.values(at.item(strconv.Itoa(h.now)), old[h.old], now[h.now])
		h.old, h.now = h.old+1, h.now+1
	}
	for ; h.old < h.oldEnd; h.old++ {
		c.note(at.item(strconv.Itoa(h.old)), Removed, old[h.old], nil)
	}
	for ; h.now < h.nowEnd; h.now++ {
		c.note(at.item(strconv.Itoa(h.now)), Added, nil, now[h.now])
	}
}

// keyed compares lists whose items have keys.
func (c *comparison) keyed(at path, old, now []any) bool {
	for _, k := range keysOf(at.last()) {
		oldOrder, oldItems, ok := k.indexed(old)
		if !ok {
			continue
		}
		nowOrder, nowItems, ok := k.indexed(now)
		if !ok {
			continue
		}
		c.items(at, oldOrder, nowOrder, oldItems, nowItems)
		return true
	}
	return false
}

func (c *comparison) items(at path, oldOrder, nowOrder []string, old, now map[string]any) {
	oldBoth, went := split(oldOrder, now)
	nowBoth, _ := split(nowOrder, old)
	if !slices.Equal(oldBoth, nowBoth) {
		c.note(at.item(order), Changed, anys(oldOrder), anys(nowOrder))
	}
	for _, key := range append(went, nowOrder...) {
		c.values(at.item(key), old[key], now[key])
	}
}

// split tells the keys that others have too from those that they have not.
func split(keys []string, others map[string]any) (both, alone []string) {
	for _, key := range keys {
		if _, ok := others[key]; ok {
			both = append(both, key)
		} else {
			alone = append(alone, key)
		}
	}
	return both, alone
}

func anys(list []string) []any {
	all := make([]any, len(list))
	for i, text := range list {
		all[i] = text
	}
	return all
}

// reordered reports whether two lists have the same items in another order.
func reordered(old, now []any) bool {
	if len(old) != len(now) {
		return false
	}
	count := map[string]int{}
	for i := range old {
		count[text(old[i])]++
		count[text(now[i])]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func allText(list []any) bool {
	return !slices.ContainsFunc(list, func(item any) bool { _, ok := item.(string); return !ok })
}

// scalar is a value that can be a key, as text.
func scalar(value any) (string, bool) {
	switch value.(type) {
	case string, bool, int64, int, float64:
		return fmt.Sprint(value), true
	}
	return "", false
}
