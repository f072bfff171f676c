// Package expression compiles and evaluates CEL as Kubernetes does: the libraries, the cost limits and the rules of
// type checking are those of the API server's ValidatingAdmissionPolicy, whose packages it wraps. It is the only
// package that knows them, because their Go API changes from release to release.
//
//	env, err := expression.NewEnv(expression.Variable{Name: "descriptor", Type: descriptorType})
//	rule, issue := env.Compile("descriptor.spec.scaling.min >= 2", expression.Bool)
//	input := env.Input(ctx, map[string]any{"descriptor": map[string]any{…}}, expression.NewBudget())
//	value, err := rule.Eval(ctx, input)
//
// Variables have types, so that a misspelt field is an issue when the expression is compiled, with its line and column,
// and not a surprise when it is evaluated. Expressions do no I/O and know no clock: the same input gives the same
// answer for ever, to the agent, to a pull request and to an auditor.
package expression
