package policies

import (
	"cmp"
	"slices"
	"strings"
)

// Refers says whether an expression of the policy reads a variable or a part of it, as in gpu.environment. What is behind
// the path counts, and so does what is in front of it.
func (p *Policy) Refers(path string) bool {
	return slices.ContainsFunc(p.reads(), func(read string) bool {
		return read == path || strings.HasPrefix(read, path+".") || strings.HasPrefix(path, read+".")
	})
}

// reads are all paths that the expressions of the policy read.
func (p *Policy) reads() []string {
	var all []string
	policy := p.ready()
	for _, condition := range slices.Concat(policy.conditions, policy.facts) {
		all = append(all, condition.Reads()...)
	}
	for _, rule := range policy.rules {
		all = append(all, rule.Reads()...)
		if rule.messageExpression != nil {
			all = append(all, rule.messageExpression.Reads()...)
		}
	}
	return all
}

// descriptorFields are those of several paths that are of the descriptor, without its name, the longest first.
func descriptorFields(reads []string) []string {
	var fields []string
	for _, read := range reads {
		if field, ok := strings.CutPrefix(read, "descriptor."); ok {
			fields = append(fields, field)
		}
	}
	slices.SortStableFunc(fields, func(x, y string) int { return cmp.Compare(strings.Count(y, "."), strings.Count(x, ".")) })
	return fields
}
