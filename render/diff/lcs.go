package diff

// hunk is a run of items of one list in the place of a run of the other.
type hunk struct{ old, oldEnd, now, nowEnd int }

// most is how many cells the table of the longest common subsequence may have. Lists that are longer and have that
// little in common are taken for replaced.
const most = 1 << 20

// hunks are the fewest items of two lists that differ, by way of their longest common subsequence.
func hunks(n, m int, equal func(i, j int) bool) []hunk {
	start := 0
	for start < n && start < m && equal(start, start) {
		start++
	}
	for n > start && m > start && equal(n-1, m-1) {
		n, m = n-1, m-1
	}
	if (n-start)*(m-start) > most {
		return []hunk{{start, n, start, m}}
	}
	return walk(start, n, m, equal)
}

// eitherWay are hunks that are the same in the other direction: of several ways to line two lists up it takes the one
// from the list that comes first.
func eitherWay(forwards bool, n, m int, equal func(i, j int) bool) []hunk {
	if forwards {
		return hunks(n, m, equal)
	}
	all := hunks(m, n, func(i, j int) bool { return equal(j, i) })
	for i, h := range all {
		all[i] = hunk{h.now, h.nowEnd, h.old, h.oldEnd}
	}
	return all
}

func walk(start, n, m int, equal func(i, j int) bool) []hunk {
	common := table(start, n, m, equal)
	var all []hunk
	open := hunk{old: start, now: start}
	closeAt := func(i, j int) {
		if open.oldEnd, open.nowEnd = i, j; open.old < i || open.now < j {
			all = append(all, open)
		}
	}
	i, j := start, start
	for i < n && j < m {
		switch {
		case common[i-start][j-start] == common[i-start+1][j-start+1]+1 && equal(i, j):
			closeAt(i, j)
			i, j = i+1, j+1
			open = hunk{old: i, now: j}
		case common[i-start+1][j-start] >= common[i-start][j-start+1]:
			i++
		default:
			j++
		}
	}
	closeAt(n, m)
	return all
}

// table has at [i][j] how much the lists have in common from start+i and start+j on.
func table(start, n, m int, equal func(i, j int) bool) [][]int32 {
	common := make([][]int32, n-start+1)
	for i := range common {
		common[i] = make([]int32, m-start+1)
	}
	for i := n - 1; i >= start; i-- {
		for j := m - 1; j >= start; j-- {
			a, b := i-start, j-start
			if equal(i, j) {
				common[a][b] = common[a+1][b+1] + 1
			} else {
				common[a][b] = max(common[a+1][b], common[a][b+1])
			}
		}
	}
	return common
}
