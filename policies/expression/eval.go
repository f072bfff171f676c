package expression

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// Budget bounds what evaluating may cost, in CEL's units: the API server allows as much for all expressions of one
// policy, which takes about a second. It is used by one goroutine at a time.
type Budget struct{ left int64 }

// NewBudget is the API server's for one policy.
func NewBudget() *Budget { return &Budget{left: celconfig.RuntimeCELCostBudget} }

// Used is how much was spent of the API server's budget.
func (b *Budget) Used() int64 { return celconfig.RuntimeCELCostBudget - b.left }

func (b *Budget) spend(cost *uint64) error {
	if cost == nil || *cost > math.MaxInt64 {
		b.left = 0
	} else {
		b.left -= int64(*cost)
	}
	if b.left <= 0 {
		b.left = 0
		return ErrTooExpensive
	}
	return nil
}

// ErrTooExpensive is an expression that costs more than it may.
var ErrTooExpensive = errors.New("it costs more than a policy may; look at fewer things, or stop at the first with exists or all")

// Input is the values of the variables of one environment: maps, lists, text, numbers (int64 and float64), booleans,
// time.Time and time.Duration, as JSON has them. What expressions define is evaluated once for all that are evaluated
// with it. It is used by one goroutine at a time.
type Input struct {
	activation map[string]any
	budget     *Budget
}

// Input prepares values for expressions of this environment.
func (e *Env) Input(ctx context.Context, activation map[string]any, budget *Budget) *Input {
	input := &Input{activation: maps.Clone(activation), budget: budget}
	if e.defined != nil {
		input.activation[variablesName] = e.defined.values(ctx, input.activation, budget)
	}
	return input
}

// Eval evaluates the expression; null is nil. A failure says what was missing, never what was there.
func (x *Expression) Eval(ctx context.Context, input *Input) (any, error) {
	value, err := x.run(ctx, input.activation, input.budget)
	if err != nil {
		return nil, err
	}
	if value == types.NullValue {
		return nil, nil
	}
	return value.Value(), nil
}

func (x *Expression) run(ctx context.Context, activation map[string]any, budget *Budget) (ref.Val, error) {
	if budget.left <= 0 {
		return nil, ErrTooExpensive
	}
	value, details, err := x.program.ContextEval(ctx, activation)
	if details != nil {
		if spent := budget.spend(details.ActualCost()); spent != nil && err == nil {
			err = spent
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && strings.Contains(err.Error(), "cost limit exceeded"):
		return nil, ErrTooExpensive
	case err != nil:
		return nil, fmt.Errorf("it cannot be evaluated: %w", err)
	case types.IsUnknownOrError(value):
		return nil, fmt.Errorf("it cannot be evaluated: %v", value)
	}
	return value, nil
}
