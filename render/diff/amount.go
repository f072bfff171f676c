package diff

import (
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/api/resource"
)

// amounts are the fields in or below which text is a quantity. Anywhere else "1" and "1000m" are two texts.
var amounts = map[string]bool{
	"requests": true, "limits": true, "capacity": true, "overhead": true, "hard": true, "sizeLimit": true,
	"averageValue": true, "divisor": true,
}

// written is how amounts are. Of longer exponents arithmetic would take more memory than there is.
var written = regexp.MustCompile(`^[+-]?[0-9.]{1,40}([eE][+-]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$`)

func sameAmount(a, b any) bool {
	x, ok := amount(a)
	if !ok {
		return false
	}
	y, ok := amount(b)
	return ok && x.Cmp(y) == 0
}

func amount(value any) (resource.Quantity, bool) {
	switch value.(type) {
	case string, int64, int, float64:
	default:
		return resource.Quantity{}, false
	}
	text := fmt.Sprint(value)
	if !written.MatchString(text) {
		return resource.Quantity{}, false
	}
	q, err := resource.ParseQuantity(text)
	return q, err == nil
}

// sameNumber compares numbers of different types, which different readers make of the same text.
func sameNumber(a, b any) bool {
	x, ok := number(a)
	if !ok {
		return false
	}
	y, ok := number(b)
	return ok && x == y
}

func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case int32:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
