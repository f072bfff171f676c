package source_test

import (
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/agent/source"
)

// A unit that is new, or that goes, has nothing on one side.
func TestLinesOfWhatWasNotThere(t *testing.T) {
	files := fstest.MapFS{"a": {Data: []byte("one\ntwo\n")}}
	if n, err := source.Lines(nil, files, []string{"a"}); n != 2 || err != nil {
		t.Errorf("new: %d, %v", n, err)
	}
	if n, err := source.Lines(files, nil, []string{"a"}); n != 2 || err != nil {
		t.Errorf("gone: %d, %v", n, err)
	}
}
