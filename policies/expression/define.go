package expression

import (
	"context"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/lazy"
)

// variablesName is how expressions refer to those that were defined before: variables.name.
const variablesName = "variables"

// definitions are expressions that others refer to by name.
type definitions struct {
	declared *Type
	names    []string
	compiled map[string]*Expression
}

func newDefinitions() *definitions {
	return &definitions{declared: apiservercel.NewObjectType("penstock.variables", map[string]*apiservercel.DeclField{}), compiled: map[string]*Expression{}}
}

// Define compiles an expression that later ones of this scope call variables.name. It is evaluated at most once
// for each input, and only when something asks for it.
func (e *Env) Define(name, source string) *Issue {
	if _, taken := e.defined.compiled[name]; taken {
		return &Issue{Message: fmt.Sprintf("there is a variable named %s already", name)}
	}
	compiled, issue := e.Compile(source)
	if issue != nil {
		return issue
	}
	e.defined.declared.Fields[name] = apiservercel.NewDeclField(name, e.declared(compiled.output), true, nil, nil)
	e.defined.compiled[name] = compiled
	e.defined.names = append(e.defined.names, name)
	return nil
}

// declared is the declaration of a type of CEL. What is inside of an object is known if a variable declares it.
func (e *Env) declared(t *cel.Type) *Type {
	for _, simple := range []*Type{Bool, Int, Double, String, Timestamp, Duration, Null, apiservercel.UintType, apiservercel.BytesType} {
		if t.IsExactType(simple.CelType()) {
			return simple
		}
	}
	switch parameters := t.Parameters(); {
	case t.Kind() == types.ListKind && len(parameters) == 1:
		return List(e.declared(parameters[0]))
	case t.Kind() == types.MapKind && len(parameters) == 2:
		return apiservercel.NewMapType(e.declared(parameters[0]), e.declared(parameters[1]), unbounded)
	case t.Kind() == types.StructKind && e.objects[t.TypeName()] != nil:
		return e.objects[t.TypeName()]
	}
	return Dyn
}

// values are the definitions for one input, each evaluated when it is asked for.
func (d *definitions) values(ctx context.Context, activation map[string]any, budget *Budget) ref.Val {
	all := lazy.NewMapValue(d.declared)
	for _, name := range d.names {
		all.Append(name, func(*lazy.MapValue) ref.Val {
			value, err := d.compiled[name].run(ctx, activation, budget)
			if err != nil {
				return types.NewErr("variables.%s: %v", name, err)
			}
			return value
		})
	}
	return all
}
