package expression

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// Issue is what is wrong with an expression.
type Issue struct {
	// Line counts from 1 and Column from 0, in the expression; both are 0 when no place is to blame.
	Line, Column int
	// Message says what is wrong, and Mend what was meant, as in: did you mean min? It may be empty.
	Message, Mend string
}

// Error is the message.
func (i *Issue) Error() string { return i.Message }

// Expression is compiled. It is safe for concurrent use.
type Expression struct {
	// Source is the text that was compiled.
	Source  string
	program cel.Program
	output  *cel.Type
	reads   []string
	alias   string // the path that the expression is, if it is nothing else
}

// maxLength bounds the text of an expression, in bytes. The longest that Kubernetes itself ships has some 3,000.
const maxLength = 16 << 10

// Compile checks an expression and makes it ready. It has to be of one of the wanted types; without any, all will do.
func (e *Env) Compile(source string, wanted ...*Type) (*Expression, *Issue) {
	if len(source) > maxLength {
		return nil, &Issue{Message: fmt.Sprintf("the expression has %d bytes, and at most %d are read", len(source), maxLength)}
	}
	env := e.set.StoredExpressionsEnv()
	ast, issues := env.Compile(source)
	if issues != nil && issues.Err() != nil {
		issue := firstIssue(issues)
		issue.Mend = e.suggest(source, issue)
		return nil, issue
	}
	if !isOne(ast.OutputType(), wanted) {
		return nil, &Issue{Line: 1, Message: fmt.Sprintf("expected %s, found an expression of type %s", typeNames(wanted), typeName(ast.OutputType()))}
	}
	program, err := env.Program(ast, cel.InterruptCheckFrequency(celconfig.CheckFrequency))
	if err != nil {
		return nil, &Issue{Message: "the expression cannot be made ready: " + err.Error()}
	}
	reads, alias := readsOf(ast.NativeRep().Expr(), e.defined)
	return &Expression{Source: source, program: program, output: ast.OutputType(), reads: reads, alias: alias}, nil
}

// firstIssue is the first of several: those that follow often follow from it.
func firstIssue(issues *cel.Issues) *Issue {
	first := issues.Errors()[0]
	return &Issue{Line: first.Location.Line(), Column: first.Location.Column(), Message: plain(first.Message)}
}

// plain is CEL's message without the names of things that only its authors know.
func plain(message string) string {
	return strings.ReplaceAll(strings.ReplaceAll(message, "undeclared reference to", "there is nothing named"), " (in container '')", "")
}

func isOne(t *cel.Type, wanted []*Type) bool {
	for _, want := range wanted {
		if t.IsExactType(want.CelType()) || t.IsExactType(cel.DynType) || t.IsExactType(cel.AnyType) {
			return true
		}
	}
	return len(wanted) == 0
}

func typeNames(types []*Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typeName(t.CelType())
	}
	return strings.Join(names, " or ")
}

func typeName(t *cel.Type) string { return cel.FormatCELType(t) }
