package library

import (
	"slices"

	"github.com/penstock-dev/penstock/policies"
)

// described is a policy with what its file says to people.
type described struct {
	policies.Description
	// messages are what the policy's cases expect it to say, each once.
	messages []string
}

func describe(policy *policies.Policy, suites []*policies.Suite) described {
	return described{policy.Describe(), messagesOf(policy.Name, suites)}
}

func messagesOf(policy string, suites []*policies.Suite) []string {
	var all []string
	for _, suite := range suites {
		if suite.Policy != policy {
			continue
		}
		for _, c := range suite.Cases {
			for _, message := range c.Messages {
				if !slices.Contains(all, message) {
					all = append(all, message)
				}
			}
		}
	}
	return all
}
