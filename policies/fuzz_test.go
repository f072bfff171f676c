package policies

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// FuzzLoad reads whatever somebody put into policies/: it is refused, or it can be described and gives a decision.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", "library/built-in/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(files, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bundle, problems := Load(fstest.MapFS{"p/p.yaml": {Data: data}}, "p")
		if (bundle == nil) != (len(problems) > 0) {
			t.Fatalf("%v, %v", bundle, problems)
		}
		for _, p := range bundle.Policies() {
			p.Describe()
			p.Refers("gpu.environment")
		}
		if bundle != nil {
			judge(t, Rules{Selected: selections(bundle)}, example())
		}
	})
}

// FuzzExceptions reads whatever somebody put into policies/exceptions/: what is taken ends, and names a reason and who agreed.
func FuzzExceptions(f *testing.F) {
	f.Add([]byte(exceptionText))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, problems := LoadExceptions(fstest.MapFS{"e/e.yaml": {Data: data}}, "e")
		if all != nil && len(problems) > 0 {
			t.Fatalf("%v, %v", all, problems)
		}
		for _, e := range all {
			if e.Name == "" || e.Policy == "" || e.Reason == "" || e.Approver == "" || e.Expires.IsZero() || len(e.Units) == 0 || e.Covers("prod/x", "") {
				t.Errorf("got %+v", e)
			}
		}
	})
}
