package policies

import (
	"slices"
	"time"
)

// Rules are what decides on a unit.
type Rules struct {
	// Selected are the policies of the environment.
	Selected []Selection
	// Exceptions are all that there are; those that cover the unit and are in force count.
	Exceptions []Exception
	// Override is nil unless somebody who is entitled to it overrides policies.
	Override *Override
}

// Override lets a change pass although the policies that it names are against it.
type Override struct {
	// Policies are their names.
	Policies []string `json:"policies"`
	// Reason is why, By whose signature it is, and Commit where it is written.
	Reason string `json:"reason"`
	By     string `json:"by"`
	Commit string `json:"commit"`
}

// overrides says whether a policy is overridden. Any can be, also those that take no exceptions.
func (o *Override) overrides(policy string) bool {
	return o != nil && slices.Contains(o.Policies, policy)
}

// exceptionFor is what excepts a unit from a policy, or nil; and otherwise what did so last and has ended, or nil.
func (r Rules) exceptionFor(unit string, policy *Policy, now time.Time) (inForce, ended *Exception) {
	if policy.RefusesExceptions() {
		return nil, nil
	}
	for i := range r.Exceptions {
		e := &r.Exceptions[i]
		switch {
		case !e.Covers(unit, policy.Name):
		case e.InForce(now):
			return e, nil
		case ended == nil || ended.Expires.Before(e.Expires):
			ended = e
		}
	}
	return nil, ended
}
