package library

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// described is a policy with what its file says to people: the comments above its parameters and rules.
type described struct {
	*policies.Policy
	spec   v1alpha1.PolicySpec
	params []param
	// rules are what the comments above the validations say, in order.
	rules []string
	// messages are what the policy's cases expect it to say, each once.
	messages []string
}

// param is one parameter.
type param struct {
	name, comment string
	value         any // the default
	line          int
}

// describe reads the comments of a built-in policy.
func describe(policy *policies.Policy, suites []*policies.Suite) (described, error) {
	about := described{Policy: policy, messages: messagesOf(policy.Name, suites)}
	data, err := files.ReadFile(policy.File)
	if err != nil {
		return about, fmt.Errorf("describe the policy %s: %w", policy.Name, err)
	}
	file, problems := document.Parse(policy.File, data)
	if len(problems) > 0 {
		return about, fmt.Errorf("describe the policy %s: %w", policy.Name, problems)
	}
	decoded, problems := environments.DecodePolicy(file, file.Documents[0])
	if len(problems) > 0 {
		return about, fmt.Errorf("describe the policy %s: %w", policy.Name, problems)
	}
	about.spec = decoded.Spec
	lines := strings.Split(string(bytes.TrimSpace(data)), "\n")
	for name, value := range policy.Params {
		line, _ := file.Documents[0].Line("spec.params." + name)
		about.params = append(about.params, param{name, commentAbove(lines, line), value, line})
	}
	slices.SortFunc(about.params, func(a, b param) int { return cmp.Compare(a.line, b.line) })
	for i := range decoded.Spec.Validations {
		line, _ := file.Documents[0].Line(fmt.Sprintf("spec.validations[%d]", i))
		about.rules = append(about.rules, commentAbove(lines, line))
	}
	return about, nil
}

// commentAbove is the comment that ends on the line before the given one, which counts from 1.
func commentAbove(lines []string, line int) string {
	var words []string
	for i := line - 2; i >= 0; i-- {
		text, isComment := strings.CutPrefix(strings.TrimSpace(lines[i]), "#")
		if !isComment {
			break
		}
		words = append(words, strings.TrimSpace(text))
	}
	slices.Reverse(words)
	return strings.Join(words, " ")
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

// typeName is the type of a parameter, in words.
func typeName(value any) string {
	switch v := value.(type) {
	case bool:
		return "true or false"
	case int64:
		return "whole number"
	case float64:
		return "number"
	case string:
		return "text"
	case []any:
		if _, texts := append(v, nil)[0].(string); texts {
			return "list of text"
		}
		return "list"
	}
	return "map"
}
