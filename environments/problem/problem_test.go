package problem

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAProblemNamesWhatIsKnown(t *testing.T) {
	for want, p := range map[string]Problem{
		"the message": {Message: "the message"},
		"environments/dev/a/model.yaml: the message":                    {File: "environments/dev/a/model.yaml", Message: "the message"},
		"environments/dev/a/model.yaml:7: spec.x: the message; mend it": {File: "environments/dev/a/model.yaml", Line: 7, Field: "spec.x", Message: "the message", Mend: "mend it"},
		"spec.x: the message": {Field: "spec.x", Line: 7, Message: "the message"}, // a line of no file means nothing
	} {
		if got := p.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNoProblemIsNoError(t *testing.T) {
	if err := (List{}).Err(); err != nil {
		t.Errorf("an empty list is the error %v", err)
	}
	if err := (List{{Message: "a"}, {Message: "b"}}).Err(); err == nil || err.Error() != "a\nb" {
		t.Errorf("two problems are the error %v", err)
	}
}

func TestProblemsAreSortedByPlaceAndTheOriginalIsLeftAlone(t *testing.T) {
	list := List{{File: "b"}, {File: "a", Line: 10}, {File: "a", Line: 9, Field: "y"}, {File: "a", Line: 9, Field: "x"}}
	want := List{{File: "a", Line: 9, Field: "x"}, {File: "a", Line: 9, Field: "y"}, {File: "a", Line: 10}, {File: "b"}}
	if diff := cmp.Diff(want, list.Sorted()); diff != "" {
		t.Error(diff)
	}
	if list[0].File != "b" {
		t.Error("sorting changed the list itself")
	}
}

func TestOfFindsProblemsInAnyError(t *testing.T) {
	one := Problem{Rule: "WrongType", Message: "one"}
	for name, test := range map[string]struct {
		err  error
		want List
	}{
		"nil":                {nil, nil},
		"a wrapped list":     {fmt.Errorf("rendering: %w", List{one, one}), List{one, one}},
		"a wrapped problem":  {fmt.Errorf("rendering: %w", one), List{one}},
		"an error of no use": {errors.New("the disk is full"), List{{Rule: "Failed", Message: "the disk is full"}}},
	} {
		if diff := cmp.Diff(test.want, Of(test.err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
