package expression

import (
	"fmt"
	"maps"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// Kubernetes is the release whose CEL this is. What it can say, an API server of this release understands.
const Kubernetes = "1.37"

// Type is what a variable or an expression is.
type Type = apiservercel.DeclType

// The simple types. List, Map and Object make others of them.
var (
	Bool      = apiservercel.BoolType
	Int       = apiservercel.IntType
	Double    = apiservercel.DoubleType
	String    = apiservercel.StringType
	Timestamp = apiservercel.TimestampType
	Duration  = apiservercel.DurationType
	Null      = apiservercel.NullType
	// Dyn is anything: of what is in it, nothing is checked before it is evaluated.
	Dyn = apiservercel.DynType
)

// unbounded says that a list or map may be of any size, as far as the checker knows. Its cost is counted when it is
// evaluated.
const unbounded = -1

// List is a list of elements of one type.
func List(element *Type) *Type { return apiservercel.NewListType(element, unbounded) }

// Map is a map from text to values of one type.
func Map(value *Type) *Type {
	return apiservercel.NewMapType(apiservercel.StringType, value, unbounded)
}

// Object is a type of its own with named fields, none of which has to be there. Its name is shown in messages and has
// to be unique in an environment.
func Object(name string, fields map[string]*Type) *Type {
	declared := make(map[string]*apiservercel.DeclField, len(fields))
	for field, t := range fields {
		declared[field] = apiservercel.NewDeclField(field, t, false, nil, nil)
	}
	return apiservercel.NewObjectType(name, declared)
}

// Variable is a name that expressions can use.
type Variable struct {
	Name string
	Type *Type
}

// Env is what expressions can use. It is safe for concurrent use, but for Define.
type Env struct {
	set       *environment.EnvSet
	defined   *definitions     // nil outside of a scope
	variables map[string]*Type // by their names
	objects   map[string]*Type // those with fields, by the names of their types
}

// NewEnv makes an environment with variables. It fails when two have one name, or two types do.
func NewEnv(variables ...Variable) (*Env, error) {
	return (&Env{set: environment.MustBaseEnvSet(version.MustParse(Kubernetes))}).extended(nil, variables)
}

// Scope is the environment with more variables, in which expressions can be defined too. Nothing of it is in the
// environment itself.
func (e *Env) Scope(variables ...Variable) (*Env, error) {
	definitions := newDefinitions()
	return e.extended(definitions, append(variables, Variable{variablesName, definitions.declared}))
}

func (e *Env) extended(defined *definitions, variables []Variable) (*Env, error) {
	made := &Env{defined: defined, variables: map[string]*Type{}, objects: map[string]*Type{}}
	maps.Copy(made.variables, e.variables)
	maps.Copy(made.objects, e.objects)
	options := environment.VersionedOptions{IntroducedVersion: version.MajorMinor(1, 0)}
	for _, v := range variables {
		options.EnvOptions = append(options.EnvOptions, cel.Variable(v.Name, v.Type.CelType()))
		options.DeclTypes = append(options.DeclTypes, v.Type)
		made.variables[v.Name] = v.Type
		for _, t := range apiservercel.FieldTypeMap(v.Type.TypeName(), v.Type) {
			if t.IsObject() {
				made.objects[t.TypeName()] = t
			}
		}
	}
	set, err := e.set.Extend(options)
	if err != nil {
		return nil, fmt.Errorf("prepare the variables of CEL expressions: %w", err)
	}
	made.set = set
	return made, nil
}
