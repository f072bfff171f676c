package fit

import (
	"math"
	"testing"
)

func TestMemorySaturates(t *testing.T) {
	const most = math.MaxInt64
	for name, test := range map[string]struct{ got, want int64 }{
		"a product":                      {times(6, 7), 42},
		"no factors":                     {times(), 1},
		"a product that is too large":    {times(1<<40, 1<<40), most},
		"and multiplied again":           {times(most, 2, 3), most},
		"nothing of it":                  {times(most, most, 0), 0},
		"a negative factor":              {times(5, -1), 0},
		"a sum":                          {plus(1, 2, 3), 6},
		"a sum that is too large":        {plus(most, 1), most},
		"a negative term":                {plus(5, math.MinInt64), 5},
		"a difference":                   {minus(5, 2, 1), 2},
		"more than there is":             {minus(5, most, most), 0},
		"of less than nothing":           {minus(math.MinInt64, 1), 0},
		"a share is rounded up":          {shared(10, 4), 3},
		"a share among none":             {shared(10, 0), 10},
		"a share of what is too large":   {shared(most, 8), most},
		"a share of less than nothing":   {shared(-8, 8), 0},
		"a multiple":                     {scaled(1000, 0.5), 500},
		"a multiple that is too large":   {scaled(most, 4), most},
		"a multiple that is no number":   {scaled(5, math.NaN()), 0},
		"a multiple below nothing":       {scaled(5, -1), 0},
		"a multiple without end":         {scaled(5, math.Inf(1)), most},
		"a hundredth of the most memory": {scaled(most, 0.01), 92233720368547760},
	} {
		if test.got != test.want {
			t.Errorf("%s: %d, want %d", name, test.got, test.want)
		}
	}
}
