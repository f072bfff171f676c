package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefused holds the exact words with which bad units are refused. Each case under testdata/refused
// begins with a comment, then the expected problems, then the tree.
func TestRefused(t *testing.T) {
	for name, data := range archives(t, "refused") {
		t.Run(name, func(t *testing.T) {
			head, tree := archive(data)
			about, want, _ := strings.Cut(head, "\n")
			if !strings.HasPrefix(about, "# ") {
				t.Fatal("a case begins with a comment that says what it is about")
			}
			got := problemsOf(t, tree).Error() + "\n"
			if *update {
				_, rest, _ := strings.Cut(string(data), "\n-- ")
				write(t, filepath.Join("testdata", "refused", name+".txt"), about+"\n"+got+"-- "+rest)
				return
			}
			if got != want {
				t.Errorf("%s\n--- got\n%s--- want\n%s", about, got, want)
			}
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
