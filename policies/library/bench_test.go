package library

import (
	"testing"

	"github.com/penstock-dev/penstock/policies"
)

// BenchmarkDecide decides on one unit with the full library.
func BenchmarkDecide(b *testing.B) {
	selected, input := everything(), inputOf(b, realistic(b))
	b.ReportAllocs()
	for b.Loop() {
		decide(b, selected, input)
	}
}

func BenchmarkDecideEach(b *testing.B) {
	input := inputOf(b, realistic(b))
	for _, s := range everything() {
		b.Run(s.Policy.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decide(b, []policies.Selection{s}, input)
			}
		})
	}
}

// BenchmarkRead is what everybody pays who asks for the library; BenchmarkLoad compiles all of it too.
func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := policies.LoadLater(files, Directory); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	if _, problems := policies.Load(files, Directory); len(problems) > 0 { // the base environment is made once
		b.Fatal(problems)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := policies.Load(files, Directory); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
