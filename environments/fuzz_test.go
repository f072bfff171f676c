package environments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock-dev/penstock/environments/document"
)

// FuzzDecode: whatever a descriptor says, Decode yields a descriptor or problems with a file, leaves the object
// alone, and prod takes nothing that dev refuses.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, _ := document.Parse("model.yaml", data)
		if parsed == nil {
			return
		}
		for _, doc := range parsed.Documents {
			md, problems := Decode(testUnit("dev"), doc.Object(), []*document.File{parsed})
			if (md == nil) != (len(problems) > 0) {
				t.Fatalf("got descriptor %v with problems %v", md, problems)
			}
			for _, p := range problems {
				if p.File == "" || p.Rule == "" || p.Message == "" || p.Mend == "" {
					t.Fatalf("a poor problem: %+v", p)
				}
			}
			if md != nil {
				ReleaseID(md.Spec.Release)
			}
			if md, _ := Decode(testUnit("prod"), doc.Object(), []*document.File{parsed}); md != nil && len(problems) > 0 {
				t.Fatalf("prod takes what dev refuses: %v", problems)
			}
		}
	})
}
