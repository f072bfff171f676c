package evaluation

import (
	"fmt"
	"math"
)

// Rule is what is asked of one metric. Without bounds it asks only that the metric was evaluated.
type Rule struct {
	// Metric is its name, as in Result.Metrics.
	Metric string `json:"metric"`
	// LowerIsBetter: for a latency or a perplexity.
	LowerIsBetter bool `json:"lowerIsBetter,omitempty"`
	// Floor is the worst value that is allowed; when lower is better it is a ceiling.
	Floor *float64 `json:"floor,omitempty"`
	// MaxRegression is by how much the metric may be worse than the baseline's, in its own unit.
	MaxRegression *float64 `json:"maxRegression,omitempty"`
	// MaxRelativeRegression is the same as a share of the baseline: 0.02 is two hundredths. With both, both hold.
	MaxRelativeRegression *float64 `json:"maxRelativeRegression,omitempty"`
	// BeyondErrors: a regression counts only when it is also larger than so many standard errors of the
	// difference, if both results have one; 0 counts every regression, and 2 is usual.
	BeyondErrors float64 `json:"beyondErrors,omitempty"`
}

// Verdict is what became of one rule.
type Verdict struct {
	// Metric is the rule's.
	Metric string `json:"metric"`
	// Met: the rule holds.
	Met bool `json:"met"`
	// Value and Baseline are the numbers; nil where there is none.
	Value    *float64 `json:"value,omitempty"`
	Baseline *float64 `json:"baseline,omitempty"`
	// Reason is a sentence that says why.
	Reason string `json:"reason"`
}

// Compare judges a candidate by each rule, in their order. The baseline is the result of what it replaces, or nil
// when it replaces nothing; then regressions are not judged. A metric that is missing, not comparable, or that
// points the other way than the rule says, does not meet it.
func Compare(candidate Result, baseline *Result, rules []Rule) []Verdict {
	verdicts := make([]Verdict, len(rules))
	for i, rule := range rules {
		verdicts[i] = rule.judge(candidate, baseline)
	}
	return verdicts
}

func (r Rule) judge(candidate Result, baseline *Result) Verdict {
	m, ok := candidate.Metrics[r.Metric]
	if !ok {
		return r.verdict(false, "it was not evaluated")
	}
	v := r.bounds(m, baseline)
	v.Value = &m.Value
	return v
}

// bounds judges a metric that the candidate has.
func (r Rule) bounds(m Metric, baseline *Result) Verdict {
	if why := r.unusable(); why != "" {
		return r.verdict(false, "%s", why)
	}
	if m.HigherIsBetter != nil && *m.HigherIsBetter == r.LowerIsBetter {
		return r.verdict(false, "the rule says that %s is better, and the evaluation says the opposite", r.direction())
	}
	if r.Floor != nil && beyond(r.worse(*r.Floor, m.Value), 0, *r.Floor) {
		return r.verdict(false, "it is %v; expected %s", m.Value, r.limit())
	}
	if r.MaxRegression == nil && r.MaxRelativeRegression == nil {
		if r.Floor == nil {
			return r.verdict(true, "it is %v", m.Value)
		}
		return r.verdict(true, "it is %v, within %s", m.Value, r.limit())
	}
	if baseline == nil {
		return r.verdict(true, "it is %v, and there is nothing to compare it with", m.Value)
	}
	return r.regression(m, *baseline)
}

// unusable says what is wrong with the rule itself: a bound that is no number would let everything pass.
func (r Rule) unusable() string {
	for _, bound := range []*float64{r.Floor, r.MaxRegression, r.MaxRelativeRegression, &r.BeyondErrors} {
		if bound != nil && (math.IsNaN(*bound) || math.IsInf(*bound, 0)) {
			return "a bound of the rule is not a finite number"
		}
	}
	for _, bound := range []*float64{r.MaxRegression, r.MaxRelativeRegression, &r.BeyondErrors} {
		if bound != nil && *bound < 0 {
			return "a bound of the rule is negative"
		}
	}
	return ""
}

// regression judges a metric against the baseline's.
func (r Rule) regression(m Metric, baseline Result) Verdict {
	base, ok := baseline.Metrics[r.Metric]
	if !ok {
		return r.verdict(false, "the baseline was not evaluated for it, so it cannot be compared")
	}
	v := r.against(m, base)
	v.Baseline = &base.Value
	return v
}

func (r Rule) against(m, base Metric) Verdict {
	if m.Version != base.Version {
		return r.verdict(false, "it was measured by version %s and the baseline by version %s, which do not compare", named(m.Version), named(base.Version))
	}
	drop := r.worse(base.Value, m.Value)
	allowed, noise := r.allowed(base.Value), r.noise(m, base)
	switch {
	case !beyond(drop, 0, base.Value):
		return r.verdict(true, "it is %v, not worse than the baseline's %v", m.Value, base.Value)
	case !beyond(drop, allowed, base.Value):
		return r.verdict(true, "it is %v, worse than the baseline's %v by %.4g, and %.4g is allowed", m.Value, base.Value, drop, allowed)
	case noise > 0 && !beyond(drop, noise, base.Value):
		return r.verdict(true, "it is %v, worse than the baseline's %v by %.4g, which is within %v standard errors, %.4g",
			m.Value, base.Value, drop, r.BeyondErrors, noise)
	}
	return r.verdict(false, "it is %v, worse than the baseline's %v by %.4g; expected %.4g at most", m.Value, base.Value, drop, allowed)
}

// allowed is how much worse than a baseline a value may be.
func (r Rule) allowed(base float64) float64 {
	allowed := math.Inf(1)
	if r.MaxRegression != nil {
		allowed = *r.MaxRegression
	}
	if r.MaxRelativeRegression != nil {
		allowed = min(allowed, *r.MaxRelativeRegression*math.Abs(base))
	}
	return allowed
}

// noise is how large a difference may be by accident: the standard errors of two independent samples add up as
// their squares do.
func (r Rule) noise(m, base Metric) float64 {
	if r.BeyondErrors == 0 || m.Stderr == nil || base.Stderr == nil {
		return 0
	}
	return r.BeyondErrors * math.Hypot(*m.Stderr, *base.Stderr)
}

// worse is by how much a value is worse than another; negative when it is better.
func (r Rule) worse(than, value float64) float64 {
	if r.LowerIsBetter {
		return value - than
	}
	return than - value
}

// beyond is difference > bound, but for the rounding of a difference of numbers of this size: 0.80 - 0.78 is a
// little more than 0.02.
func beyond(difference, bound, size float64) bool {
	if math.IsInf(difference, 0) { // of finite numbers that lie too far apart
		return difference > 0
	}
	return difference > bound+1e-12*max(math.Abs(size), math.Abs(difference))
}

func (r Rule) direction() string {
	if r.LowerIsBetter {
		return "lower"
	}
	return "higher"
}

func (r Rule) limit() string {
	if r.LowerIsBetter {
		return fmt.Sprintf("%v at most", *r.Floor)
	}
	return fmt.Sprintf("%v at least", *r.Floor)
}

func (r Rule) verdict(met bool, format string, args ...any) Verdict {
	return Verdict{Metric: r.Metric, Met: met, Reason: short(r.Metric) + ": " + fmt.Sprintf(format, args...)}
}

func named(version string) string {
	if version == "" {
		return "(none)"
	}
	return short(version)
}
