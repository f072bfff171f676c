package environments

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// badDescriptor is a file of testdata/bad with the exact message that it must get. A message changes on
// purpose or not at all. A file whose name begins with prod_ is decoded in prod, and all others in dev.
type badDescriptor struct{ file, want string }

// badDescriptors are all of them, in one table for each part of the spec.
var badDescriptors = slices.Concat(badFile, badSource, badRevision, badModel, badRuntime, badAccelerator, badScaling,
	badPlacement, badExposure, badRollback, badEvaluation)

func TestBadDescriptors(t *testing.T) {
	inTable := map[string]bool{}
	for _, test := range badDescriptors {
		inTable[test.file] = true
		t.Run(test.file, func(t *testing.T) {
			if got := decodeFile(t, "testdata/bad/"+test.file+".yaml"); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); !inTable[name] {
			t.Errorf("%s is not in the table", file)
		}
	}
}

// TestBadDescriptorsKeepSecrets: several of the files hold a secret where none should be.
func TestBadDescriptorsKeepSecrets(t *testing.T) {
	for _, test := range badDescriptors {
		for _, secret := range []string{"hunter2", "verysecret", "12345678", "s3cret", "abcdefgh"} {
			if strings.Contains(decodeFile(t, "testdata/bad/"+test.file+".yaml"), secret) {
				t.Errorf("%s: the message repeats %s", test.file, secret)
			}
		}
	}
}

// TestBadDescriptorsAreToldInOneOrder: whoever mends a file sees the same list each time.
func TestBadDescriptorsAreToldInOneOrder(t *testing.T) {
	for _, test := range badDescriptors {
		for range 10 {
			if got := decodeFile(t, "testdata/bad/"+test.file+".yaml"); got != test.want {
				t.Fatalf("%s:\n%s\nand before:\n%s", test.file, got, test.want)
			}
		}
	}
}
