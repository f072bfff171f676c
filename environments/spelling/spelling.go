// Package spelling finds what somebody who made a typing error may have meant.
package spelling

import "strings"

// Nearest is the candidate that a typing error could have made into word, or "". Case makes no difference.
func Nearest(word string, candidates []string) string {
	best, most := "", max(1, min(3, len(word)/3))
	for _, candidate := range candidates {
		if d := Distance(strings.ToLower(word), strings.ToLower(candidate), most); d <= most {
			best, most = candidate, d-1
		}
	}
	return best
}

// Distance is how many letters must be added, removed, changed or swapped with their neighbour to turn
// a into b. Words whose lengths differ by more than most are not looked at.
func Distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
