package diff

import (
	"strconv"
	"strings"
)

// argument is a flag with its value, or an argument that is no flag.
type argument struct {
	name  string // of the flag with its dashes, or the index
	value any    // of the flag; the argument itself if it has no value
	text  string // all of it
}

// arguments compares the arguments of a command. A flag is found again by its name, whether its value is in the same
// argument or in the next, so that another value is one difference. Flags that are given more than once are compared
// in their order.
func (c *comparison) arguments(at path, old, now []any) {
	before, after := flags(old), flags(now)
	var went, came []argument
	equal := func(i, j int) bool { return before[i].text == after[j].text }
	for _, h := range eitherWay(text(old) <= text(now), len(before), len(after), equal) {
		went, came = append(went, before[h.old:h.oldEnd]...), append(came, after[h.now:h.nowEnd]...)
	}
	moved := false
	for _, p := range aligned(went, came) {
		switch was, is := p[0], p[1]; {
		case was == nil:
			c.note(at.item(is.name), Added, nil, is.value)
		case is == nil:
			c.note(at.item(was.name), Removed, was.value, nil)
		case was.text == is.text:
			moved = true
		default:
			c.note(at.item(is.name), Changed, was.value, is.value)
		}
	}
	if moved {
		c.note(at.item(order), Changed, old, now)
	}
}

// flags reads arguments in pairs where the second is the value of the first: it stands behind a flag without a value
// of its own, and is no flag.
func flags(list []any) []argument {
	var all []argument
	for i := 0; i < len(list); i++ {
		text := list[i].(string)
		name, value, inline := strings.Cut(text, "=")
		switch next := i + 1; {
		case !isFlag(text):
			all = append(all, argument{strconv.Itoa(i), text, text})
		case inline:
			all = append(all, argument{name, value, text})
		case next < len(list) && !strings.HasPrefix(list[next].(string), "-"):
			all = append(all, argument{text, list[next], text + "\x00" + list[next].(string)})
			i = next
		default:
			all = append(all, argument{text, text, text})
		}
	}
	return all
}

// isFlag reports whether an argument begins with a flag. Short flags stay as they are: they may be joined, as in -xzf.
func isFlag(text string) bool { return strings.HasPrefix(text, "--") && len(text) > 2 }

// aligned pairs arguments that went with those that came: flags by name, and others one by one.
func aligned(went, came []argument) [][2]*argument {
	var pairs [][2]*argument
	used := make([]bool, len(came))
	for i := range went {
		p := [2]*argument{&went[i], nil}
		for j := range came {
			if !used[j] && alike(went[i], came[j]) {
				p[1], used[j] = &came[j], true
				break
			}
		}
		pairs = append(pairs, p)
	}
	for j := range came {
		if !used[j] {
			pairs = append(pairs, [2]*argument{nil, &came[j]})
		}
	}
	return pairs
}

func alike(a, b argument) bool {
	if isFlag(a.name) || isFlag(b.name) {
		return a.name == b.name
	}
	return true
}
