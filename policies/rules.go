package policies

import "time"

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

// overrides says whether a policy is overridden.
func (o *Override) overrides(policy string) bool {
	if o == nil {
		return false
	}
	for _, name := range o.Policies {
		if name == policy {
			return true
		}
	}
	return false
}

// exceptionFor is what excepts a unit from a policy, or nil; and what did so once.
func (r Rules) exceptionFor(unit, policy string, now time.Time) (inForce, ended *Exception) {
	for i, e := range r.Exceptions {
		if !e.Covers(unit, policy) {
			continue
		}
		if e.InForce(now) {
			return &r.Exceptions[i], nil
		}
		ended = &r.Exceptions[i]
	}
	return nil, ended
}
