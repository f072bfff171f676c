package render

import (
	"fmt"
	"regexp"
	"strings"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/cel"
)

// selectorFeatures are what Kubernetes has on by default.
var selectorFeatures = cel.Features{EnableConsumableCapacity: true}

// compileSelector says what is wrong with a condition on a device, as the API server would; "" if nothing is.
func compileSelector(expression string) string {
	compiled := cel.GetCompiler(selectorFeatures).CompileCELExpression(expression, cel.Options{})
	switch {
	case compiled.Error != nil:
		return compilerWords(compiled.Error.Detail)
	case compiled.MaxCost > resourcev1.CELSelectorExpressionMaxCost:
		return fmt.Sprintf("it may take %d units to evaluate, more than the %d that are allowed", compiled.MaxCost, resourcev1.CELSelectorExpressionMaxCost)
	}
	return ""
}

// beforeError is what the compiler says before what is wrong.
var beforeError = regexp.MustCompile(`^(compilation failed: )?(ERROR: <input>:[0-9]+:([0-9]+): )?`)

// compilerWords is the first of the compiler's errors, with its column, on one line.
func compilerWords(detail string) string {
	first, _, _ := strings.Cut(detail, "\n")
	found := beforeError.FindStringSubmatch(first)
	text := shorten(strings.ReplaceAll(strings.TrimPrefix(first, found[0]), " (in container '')", ""))
	if column := found[3]; column != "" {
		return "at its character " + column + ": " + text
	}
	return text
}
