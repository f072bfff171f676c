package evaluation

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Within compares a result with the limits of a descriptor. Values are the metrics that are asked for, as far as there are
// any; problems say which are missing or beyond a limit. Without problems the result is good.
func (r Result) Within(limits []v1alpha1.MetricLimits) (values map[string]float64, problems []string) {
	values = map[string]float64{}
	for _, limit := range limits {
		m, ok := r.Metrics[limit.Name]
		if !ok {
			problems = append(problems, fmt.Sprintf("%s: it was not measured; have the evaluation measure it, or take it out of the descriptor", limit.Name))
			continue
		}
		values[limit.Name] = m.Value
		if limit.Min != nil && m.Value < number(*limit.Min) {
			problems = append(problems, fmt.Sprintf("%s: it is %v; expected %v at least", limit.Name, m.Value, number(*limit.Min)))
		}
		if limit.Max != nil && m.Value > number(*limit.Max) {
			problems = append(problems, fmt.Sprintf("%s: it is %v; expected %v at most", limit.Name, m.Value, number(*limit.Max)))
		}
	}
	return values, problems
}

// number is the float64 that is nearest to a quantity: 0.7 is the 0.7 that JSON has.
func number(q resource.Quantity) float64 {
	own := q.DeepCopy()
	f, err := strconv.ParseFloat(own.AsDec().String(), 64)
	if err != nil {
		return q.AsApproximateFloat64()
	}
	return f
}
