package fleet

import (
	"math"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Amounts are quantities of resources: cpu in thousandths of a core, everything else in its own unit (bytes,
// devices, pods). Never negative; what is too large for an int64 is the largest int64.
type Amounts map[corev1.ResourceName]int64

// AmountsOf are the quantities of a list, rounded up. Zeros are left out.
func AmountsOf(list corev1.ResourceList) Amounts {
	amounts := make(Amounts, len(list))
	for name, quantity := range list {
		if n := amountOf(name, quantity); n > 0 {
			amounts[name] = n
		}
	}
	return amounts
}

var largest = resource.NewQuantity(math.MaxInt64, resource.DecimalSI)

func amountOf(name corev1.ResourceName, quantity resource.Quantity) int64 {
	switch {
	case quantity.Sign() <= 0:
		return 0
	case quantity.Cmp(*largest) >= 0:
		return math.MaxInt64
	case name != corev1.ResourceCPU:
		return quantity.Value()
	case quantity.Value() > math.MaxInt64/1000:
		return math.MaxInt64
	}
	return quantity.MilliValue()
}

// add adds what the others are, times so many.
func (a Amounts) add(others Amounts, times int64) {
	for name, n := range others {
		a[name] = plus(a[name], product(n, times))
	}
}

// take takes the others away; what was overcommitted goes below zero.
func (a Amounts) take(others Amounts) {
	for name, n := range others {
		a[name] -= n // both are between 0 and the largest int64, and a is taken from at most that often
	}
}

// has says whether the others can be taken: as for the scheduler, what is not asked for may be overcommitted.
func (a Amounts) has(others Amounts) bool {
	for name, n := range others {
		if n > a[name] {
			return false
		}
	}
	return true
}

func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// product is of numbers that are not negative.
func product(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// format writes an amount as a person writes it in a manifest: 500m, 64Gi, 8.
func format(name string, n int64) string {
	switch {
	case name == string(corev1.ResourceCPU):
		return resource.NewMilliQuantity(n, resource.DecimalSI).String()
	case name == string(corev1.ResourceMemory), name == string(corev1.ResourceEphemeralStorage), strings.HasPrefix(name, corev1.ResourceHugePagesPrefix):
		return resource.NewQuantity(n, resource.BinarySI).String()
	}
	return resource.NewQuantity(n, resource.DecimalSI).String()
}
