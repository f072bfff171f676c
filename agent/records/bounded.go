package records

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// bound is how long texts, in bytes, and how many lists and maps may be.
type bound struct{ text, items int }

// bounds are tried until a fact is small enough. The last is longer than any digest, name or id.
var bounds = []bound{{16 << 10, 4096}, {8 << 10, 1024}, {4 << 10, 512}, {2 << 10, 128}, {512, 64}, {256, 16}, {128, 4}}

// room is what a fact may take before it is numbered.
const room = MaxBytes - 512

// mostNotes bounds Data.Cut.
const mostNotes = 16

// Bounded is the fact as it can be written: with its times in UTC, with a mark in place of each control character and of
// what is not UTF-8, without the values of Secrets, and with what is too much left out, of which Data.Cut tells. What is
// bounded already stays as it is.
func (f Fact) Bounded() Fact {
	f.Time = wholeTime(f.Time)
	for _, b := range bounds {
		c := cutter{bound: b}
		cut := f
		cut.Data = c.rebuild(reflect.ValueOf(f.Data), "data").Interface().(Data)
		cut.Data.Cut = append(cut.Data.Cut, c.told()...)
		hideSecrets(cut.Data.Drift)
		if data, err := cut.encode(); err == nil && len(data) <= room || b == bounds[len(bounds)-1] {
			return cut
		}
	}
	return f
}

// hideSecrets removes what fields of Secrets hold.
func hideSecrets(drift []Drift) {
	for i := range drift {
		if drift[i].ofSecret() {
			drift[i].Wanted, drift[i].Found = "", ""
		}
	}
}

// ofSecret says whether the values must not be told.
func (d Drift) ofSecret() bool { return d.Object.Kind == "Secret" && d.Object.Group == "" }

// cutter copies a value within bounds, and notes what it leaves out.
type cutter struct {
	bound
	notes []string
}

func (c *cutter) note(path, format string, args ...any) {
	c.notes = append(c.notes, path+": "+fmt.Sprintf(format, args...))
}

// told are the notes, not too many of them.
func (c *cutter) told() []string {
	if len(c.notes) > mostNotes {
		return append(c.notes[:mostNotes:mostNotes], fmt.Sprintf("and %d more", len(c.notes)-mostNotes))
	}
	return c.notes
}

// rebuild is a copy that shares nothing that was cut.
func (c *cutter) rebuild(v reflect.Value, path string) reflect.Value {
	made := reflect.New(v.Type()).Elem()
	made.Set(v)
	switch v.Kind() {
	case reflect.String:
		made.SetString(c.text(v.String(), path))
	case reflect.Slice:
		made.Set(c.list(v, path))
	case reflect.Map:
		made.Set(c.mapping(v, path))
	case reflect.Pointer:
		if !v.IsNil() {
			made.Set(reflect.New(v.Type().Elem()))
			made.Elem().Set(c.rebuild(v.Elem(), path))
		}
	case reflect.Struct:
		c.fields(made, path)
	}
	return made
}

// fields rebuilds each field of a struct.
func (c *cutter) fields(made reflect.Value, path string) {
	if at, ok := made.Interface().(time.Time); ok {
		made.Set(reflect.ValueOf(printableTime(at)))
		return
	}
	for i := range made.NumField() {
		field := made.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		made.Field(i).Set(c.rebuild(made.Field(i), strings.TrimSuffix(path+"."+name, ".")))
	}
}

// printableTime is a time that JSON can hold.
func printableTime(t time.Time) time.Time {
	t = t.UTC().Round(0)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// text is clean and not too long.
func (c *cutter) text(s, path string) string {
	s = clean(s)
	if len(s) <= c.bound.text {
		return s
	}
	c.note(path, "%d of %d bytes left out", len(s)-c.bound.text, len(s))
	return strings.ToValidUTF8(s[:c.bound.text-len("…")], "") + "…"
}

// clean marks what no text should hold.
func clean(s string) string {
	s = strings.ToValidUTF8(s, string(unicode.ReplacementChar))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

func (c *cutter) list(v reflect.Value, path string) reflect.Value {
	if v.IsNil() {
		return v
	}
	length := min(v.Len(), c.items)
	if v.Len() > length {
		c.note(path, "%d of %d left out", v.Len()-length, v.Len())
	}
	made := reflect.MakeSlice(v.Type(), length, length)
	for i := range length {
		made.Index(i).Set(c.rebuild(v.Index(i), fmt.Sprintf("%s[%d]", path, i)))
	}
	return made
}

// mapping leaves out what has too long a name too, and numbers that JSON does not know.
func (c *cutter) mapping(v reflect.Value, path string) reflect.Value {
	if v.IsNil() {
		return v
	}
	made := reflect.MakeMap(v.Type())
	names := slices.SortedFunc(maps.Keys(keysOf(v)), strings.Compare)
	for _, name := range names {
		value := v.MapIndex(reflect.ValueOf(name))
		number, isNumber := value.Interface().(float64)
		if name != clean(name) || len(name) > c.bound.text || isNumber && (math.IsNaN(number) || math.IsInf(number, 0)) || made.Len() == c.items {
			continue
		}
		made.SetMapIndex(reflect.ValueOf(name), c.rebuild(value, path+"."+name))
	}
	if made.Len() < v.Len() {
		c.note(path, "%d of %d left out", v.Len()-made.Len(), v.Len())
	}
	return made
}

func keysOf(v reflect.Value) map[string]bool {
	keys := map[string]bool{}
	for _, key := range v.MapKeys() {
		keys[key.String()] = true
	}
	return keys
}
