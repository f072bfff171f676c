package policies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// Failure is a case that did not go as it says.
type Failure struct {
	// File and Line are where the case is written, and Case its name.
	File string `json:"file"`
	Line int    `json:"line"`
	Case string `json:"case"`
	// Message says what was expected and what came.
	Message string `json:"message"`
}

// Coverage is which rules of a policy the cases have seen hold, and not hold.
type Coverage struct {
	Policy string `json:"policy"`
	// Rules is how many there are; Held and Broken how many of them held, and did not hold, in some case.
	Rules  int `json:"rules"`
	Held   int `json:"held"`
	Broken int `json:"broken"`
}

// Complete says whether every rule was seen to hold and not to hold.
func (c Coverage) Complete() bool { return c.Held == c.Rules && c.Broken == c.Rules }

// RunSuite tries all cases of a suite on a policy.
func RunSuite(ctx context.Context, suite *Suite, policy *Policy) ([]Failure, Coverage, error) {
	var failures []Failure
	held, broken := map[int]bool{}, map[int]bool{}
	for _, c := range suite.Cases {
		message, decision, err := tryCase(ctx, suite, c, policy)
		if err != nil {
			return nil, Coverage{}, err
		}
		if message != "" {
			failures = append(failures, Failure{suite.File, c.Line, c.Name, message})
		}
		found := map[int]bool{}
		for _, f := range decision.Findings {
			found[f.Line] = true
		}
		if len(decision.Evaluated) == 0 {
			continue
		}
		for i, rule := range policy.ready().rules {
			if found[rule.line] {
				broken[i] = true
			} else {
				held[i] = true
			}
		}
	}
	return failures, Coverage{Policy: policy.Name, Rules: len(policy.spec.Validations), Held: len(held), Broken: len(broken)}, nil
}

// tryCase returns what is not as it should be, or "".
func tryCase(ctx context.Context, suite *Suite, c Case, policy *Policy) (string, Decision, error) {
	input, err := inputOf(suite.Input, c.Input)
	if err != nil {
		return "its input cannot be read: " + err.Error(), Decision{}, nil
	}
	params := map[string]any{}
	for _, some := range []map[string]any{suite.Params, c.Params} {
		for name, value := range some {
			params[name] = numbers(value)
		}
	}
	if wrong := policy.CheckParams(params); wrong != "" {
		return wrong, Decision{}, nil
	}
	decision, err := Decide(ctx, Rules{Selected: []Selection{{Policy: policy, Params: policy.fitted(params)}}}, input)
	if err != nil {
		return "", Decision{}, err
	}
	return c.differs(decision), decision, nil
}

// differs says how a decision is not as the case expects it, or "".
func (c Case) differs(decision Decision) string {
	var messages []string
	for _, f := range decision.Findings {
		messages = append(messages, f.Message)
	}
	again := "never"
	if decision.Again != nil {
		again = decision.Again.Format(time.RFC3339)
	}
	switch {
	case decision.Verdict != c.Verdict:
		return fmt.Sprintf("expected %s, got %s %q", c.Verdict, decision.Verdict, messages)
	case c.Messages != nil && !slices.Equal(messages, c.Messages):
		return fmt.Sprintf("expected the messages %q, got %q", c.Messages, messages)
	case c.Again != "" && c.Again != again:
		return fmt.Sprintf("expected to look at it again: %s, got %s", c.Again, again)
	}
	return ""
}

// inputOf is the suite's input with the case's changes, strictly read.
func inputOf(shared, own json.RawMessage) (*Input, error) {
	if len(shared) == 0 {
		shared = json.RawMessage("{}")
	}
	merged := []byte(shared)
	if len(own) > 0 {
		var err error
		if merged, err = jsonpatch.MergePatch(shared, own); err != nil {
			return nil, err
		}
	}
	input := &Input{}
	decoder := json.NewDecoder(bytes.NewReader(merged))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(input); err != nil {
		return nil, err
	}
	for _, object := range append([]map[string]any{input.Descriptor, input.Previous}, input.Objects...) {
		numbers(object)
	}
	return input, nil
}
