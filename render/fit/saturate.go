package fit

import "math"

// Memory is counted in int64 bytes that saturate: what would overflow is math.MaxInt64, which no GPU has, and
// what would be negative is 0. So nonsense in a descriptor yields a large number and never a small one.

// times multiplies. A negative factor counts as 0.
func times(factors ...int64) int64 {
	product := int64(1)
	for _, factor := range factors {
		if factor <= 0 {
			return 0
		}
		if product > math.MaxInt64/factor {
			product = math.MaxInt64
			continue
		}
		product *= factor
	}
	return product
}

// plus adds. A negative term counts as 0.
func plus(terms ...int64) int64 {
	sum := int64(0)
	for _, term := range terms {
		if term = max(term, 0); sum > math.MaxInt64-term {
			return math.MaxInt64
		}
		sum += term
	}
	return sum
}

// minus subtracts, down to 0.
func minus(from int64, terms ...int64) int64 { return max(max(from, 0)-plus(terms...), 0) }

// shared divides among parts and rounds up. What has saturated stays so.
func shared(n, parts int64) int64 {
	if n = max(n, 0); parts <= 1 || n == math.MaxInt64 {
		return n
	}
	return n/parts + min(n%parts, 1)
}

// scaled multiplies by a factor that is no integer.
func scaled(n int64, factor float64) int64 {
	switch product := float64(n) * factor; {
	case !(product > 0): // not a number either
		return 0
	case product >= math.MaxInt64:
		return math.MaxInt64
	default:
		return int64(product)
	}
}
