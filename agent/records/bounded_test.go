package records_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

func TestAFactThatSaysTooMuchIsCutAndSaysSo(t *testing.T) {
	for name, change := range map[string]func(d *records.Data){
		"a long message": func(d *records.Data) { d.Message = strings.Repeat("é", 300_000) },
		"many problems":  func(d *records.Data) { d.Problems = strings.Split(strings.Repeat("it is wrong;", 50_000), ";") },
		"many objects":   func(d *records.Data) { d.Objects = make([]records.Object, 20_000) },
		"findings that are long": func(d *records.Data) {
			d.Decision = &records.Decision{Decision: policies.Decision{Findings: make([]policies.Finding, 900)}}
			for i := range d.Decision.Findings {
				d.Decision.Findings[i] = policies.Finding{Policy: "p", Message: strings.Repeat(`"`, 3000), Fields: strings.Split(strings.Repeat("spec.x,", 100), ",")}
			}
		},
		"metrics without end": func(d *records.Data) {
			d.Evaluation = &records.Evaluation{Metrics: map[string]float64{}}
			for i := range 30_000 {
				d.Evaluation.Metrics[fmt.Sprintf("metric-%05d", i)] = float64(i)
			}
		},
	} {
		f := fact(records.Applied, "llama", releaseA, noon)
		change(&f.Data)
		bounded := f.Bounded()
		bounded.Sequence = 1
		data, err := bounded.Marshal()
		if err != nil || len(data) > records.MaxBytes {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
		if len(bounded.Data.Cut) == 0 || bounded.Data.Release == nil || bounded.Data.Release.Digest != releaseA || bounded.Data.Source.Commit != commitA {
			t.Errorf("%s: what is left is %.300s", name, data)
		}
		if diff := cmp.Diff(bounded, bounded.Bounded(), same); diff != "" {
			t.Errorf("%s: cut again: %s", name, diff)
		}
		again, problems := records.Unmarshal("", data)
		if diff := cmp.Diff(bounded, again, same); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v %s", name, problems, diff)
		}
	}
	if f := fact(records.Applied, "llama", releaseA, noon); len(f.Bounded().Data.Cut) > 0 {
		t.Errorf("a small fact is cut: %v", f.Bounded().Data.Cut)
	}
}

func TestBoundedDoesNotChangeTheOriginal(t *testing.T) {
	f := fact(records.Drifted, "llama", releaseA, noon)
	f.Data.Problems = []string{"\x1b[31m"}
	f.Data.Drift = []records.Drift{{Object: records.Object{Kind: "Secret"}, Found: "hunter2"}}
	f.Data.Evaluation = &records.Evaluation{Metrics: map[string]float64{"loss": math.NaN(), "acc": 1}}
	b := f.Bounded()
	if f.Data.Problems[0] != "\x1b[31m" || f.Data.Drift[0].Found != "hunter2" || len(f.Data.Evaluation.Metrics) != 2 {
		t.Errorf("the original is %+v", f.Data)
	}
	if b.Data.Problems[0] != "�[31m" || len(b.Data.Evaluation.Metrics) != 1 || len(b.Data.Cut) != 1 {
		t.Errorf("got %+v", b.Data)
	}
}

// No value of a Secret enters the records: drift of one says which field, and not what is in it.
func TestNoValueOfASecretIsWritten(t *testing.T) {
	f := fact(records.Drifted, "llama", releaseA, noon)
	f.Data.Drift = []records.Drift{
		{Object: records.Object{Kind: "Secret", Name: "token", Action: "kept"}, Field: ".data.token", Wanted: "aHVudGVyMg==", Found: "c2VjcmV0"},
		{Object: records.Object{Kind: "ConfigMap", Name: "settings", Action: "kept"}, Field: ".data.level", Wanted: "info", Found: "debug"},
	}
	f.Sequence = 1
	if _, err := f.Marshal(); err == nil || !strings.Contains(err.Error(), "it tells what is in a Secret") || strings.Contains(err.Error(), "aHVudGVyMg") {
		t.Errorf("got %v", err)
	}
	data, err := f.Bounded().Marshal()
	if err != nil || bytes.Contains(data, []byte("aHVudGVyMg")) || bytes.Contains(data, []byte("c2VjcmV0")) || !bytes.Contains(data, []byte(".data.token")) || !bytes.Contains(data, []byte("debug")) {
		t.Errorf("%v: %s", err, data)
	}
	var names func(at reflect.Type, seen map[reflect.Type]bool)
	names = func(at reflect.Type, seen map[reflect.Type]bool) {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice || at.Kind() == reflect.Map {
			at = at.Elem()
		}
		if at.Kind() == reflect.Interface {
			t.Errorf("%s could hold anything, also a Secret", at)
		}
		if at.Kind() != reflect.Struct || seen[at] || at == reflect.TypeFor[time.Time]() {
			return
		}
		seen[at] = true
		for field := range at.Fields() {
			names(field.Type, seen)
		}
	}
	names(reflect.TypeFor[records.Data](), map[reflect.Type]bool{})
}

func TestMarshalRefusesWhatUnmarshalWould(t *testing.T) {
	for name, change := range map[string]func(f *records.Fact){
		"no number":         func(f *records.Fact) { f.Sequence = 0 },
		"part of a moment":  func(f *records.Fact) { f.Time = f.Time.Add(time.Microsecond) },
		"another zone":      func(f *records.Fact) { f.Time = f.Time.In(time.FixedZone("", 3600)) },
		"control character": func(f *records.Fact) { f.Data.Message = "a\x00b" },
		"not UTF-8":         func(f *records.Fact) { f.Data.Message = "a\xffb" },
		"not a number": func(f *records.Fact) {
			f.Data.Evaluation = &records.Evaluation{Metrics: map[string]float64{"a": math.NaN()}}
		},
		"too large": func(f *records.Fact) { f.Data.Message = strings.Repeat("a", records.MaxBytes) },
	} {
		f := fact(records.Applied, "llama", releaseA, noon)
		f.Sequence = 1
		change(&f)
		data, err := f.Marshal()
		if err != nil {
			continue
		}
		if again, problems := records.Unmarshal(f.Path(), data); len(problems) > 0 || !cmp.Equal(f, again, same) {
			t.Errorf("%s: written as %s, %v", name, data, problems)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	c := told(f)
	for path, data := range c.Files {
		if path != "README.md" {
			f.Add(data)
		}
	}
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Add([]byte(`{"specversion": "1.0", "data": {"decision": {"evidence": {"a": {"healthyFor": "1h"}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fact, problems := records.Unmarshal("", data)
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || len(p.Message) > 1000 || !utf8.ValidString(p.Message) {
				t.Fatalf("a poor problem: %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		again, err := fact.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q is written as %q, %v", data, again, err)
		}
		if place, ok := records.ParsePath(fact.Path()); !ok || place != fact.Place() {
			t.Fatalf("the path %s is read as %+v", fact.Path(), place)
		}
	})
}

// Whatever is told can be written, and is read as it was written.
func FuzzBounded(f *testing.F) {
	f.Add("message", "id", 3, 1.5, int64(0))
	f.Add("\xff\x00\u2028<&>\x1b", strings.Repeat("long", 5000), 3000, math.Inf(1), int64(1)<<60)
	f.Fuzz(func(t *testing.T, text, other string, many int, number float64, nanoseconds int64) {
		fact := fact(records.Held, "llama", releaseA, time.Unix(1.8e9, nanoseconds%1e15))
		many = max(0, many%5000)
		d := &fact.Data
		d.Message, d.Release.Image, d.Problems = text, other, make([]string, many)
		for i := range d.Problems {
			d.Problems[i] = text
		}
		d.Evaluation = &records.Evaluation{Name: other, Metrics: map[string]float64{text: number, other: 1}, Finished: time.Unix(0, nanoseconds)}
		d.Decision = &records.Decision{Decision: policies.Decision{Facts: map[string]string{text: other, other: text}}, Now: time.Unix(nanoseconds, 0)}
		c, err := records.Append(records.Head{}, "staging", []records.Fact{fact}, nil, time.Unix(4e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		again, problems := records.Unmarshal(c.Facts[0].Path(), c.Files[c.Facts[0].Path()])
		if diff := cmp.Diff(c.Facts[0], again, same); diff != "" || len(problems) > 0 {
			t.Fatalf("%v %s", problems, diff)
		}
	})
}
