package admission

import (
	"fmt"
	"sync"

	celgo "github.com/google/cel-go/cel"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"github.com/penstock-dev/penstock/policies/expression"
)

// compiled is what the API server makes of a policy's expressions, and what each of them reads.
type compiled struct {
	conditions, validations, messages, audits cel.ConditionEvaluator
	reads                                     map[string][]string // by field
	issues                                    []issue
	err                                       error
}

// issue is what is wrong with an expression.
type issue struct {
	field string
	*expression.Issue
}

// source is an expression as the API server's compiler takes it.
type source struct {
	field, text string
	types       []*celgo.Type
}

func (s source) GetExpression() string      { return s.text }
func (s source) ReturnTypes() []*celgo.Type { return s.types }

// named is a variable.
type named struct {
	source
	name string
}

func (n named) GetName() string { return n.name }

// The types that expressions have to be of.
var (
	truth      = []*celgo.Type{celgo.BoolType}
	text       = []*celgo.Type{celgo.StringType}
	textOrNull = []*celgo.Type{celgo.StringType, celgo.NullType}
	anything   = []*celgo.Type{celgo.AnyType, celgo.DynType}
	libraries  = sync.OnceValue(func() *environment.EnvSet {
		return environment.MustBaseEnvSet(version.MustParse(expression.Kubernetes))
	})
	whatIsStored = environment.StoredExpressions
)

// compile makes the expressions ready as the API server's own plugin does, which would bring an API server along.
func compile(p *admissionregistrationv1.ValidatingAdmissionPolicy) compiled {
	b, err := newBuilder(p)
	if err != nil {
		return compiled{err: fmt.Errorf("prepare the variables of policy %s: %w", p.Name, err)}
	}
	var conditions, validations, messages, audits []source
	for i, v := range p.Spec.Variables {
		b.define(fmt.Sprintf("spec.variables[%d].expression", i), v)
	}
	for i, m := range p.Spec.MatchConditions {
		conditions = append(conditions, source{conditionField(i), m.Expression, truth})
	}
	for i, v := range p.Spec.Validations {
		validations = append(validations, source{validationField(i), v.Expression, truth})
		messages = append(messages, source{fmt.Sprintf("spec.validations[%d].messageExpression", i), v.MessageExpression, text})
	}
	for i, a := range p.Spec.AuditAnnotations {
		audits = append(audits, source{auditField(i), a.ValueExpression, textOrNull})
	}
	b.conditions = b.evaluator(conditions, true)
	b.validations = b.evaluator(validations, true)
	b.messages = b.evaluator(messages, false)
	b.audits = b.evaluator(audits, true)
	return b.compiled
}

func conditionField(i int) string  { return fmt.Sprintf("spec.matchConditions[%d].expression", i) }
func validationField(i int) string { return fmt.Sprintf("spec.validations[%d].expression", i) }
func auditField(i int) string      { return fmt.Sprintf("spec.auditAnnotations[%d].valueExpression", i) }

// builder compiles each expression twice: as the API server does, and to learn what it reads and where it is wrong.
type builder struct {
	compiled
	compiler *cel.CompositedCompiler
	env      *expression.Env
	params   bool
}

func newBuilder(p *admissionregistrationv1.ValidatingAdmissionPolicy) (*builder, error) {
	compiler, err := cel.NewCompositedCompiler(libraries())
	if err != nil {
		return nil, err
	}
	params := p.Spec.ParamKind != nil
	env, err := environmentOf(params)
	return &builder{compiled{reads: map[string][]string{}}, compiler, env, params}, err
}

func (b *builder) with(authorizer bool) cel.OptionalVariableDeclarations {
	return cel.OptionalVariableDeclarations{HasParams: b.params, HasAuthorizer: authorizer}
}

func (b *builder) define(field string, v admissionregistrationv1.Variable) {
	found := b.env.Define(v.Name, v.Expression)
	b.note(field, found, b.compiler.CompileAndStoreVariable(named{source{field, v.Expression, anything}, v.Name}, b.with(true), whatIsStored))
}

// evaluator compiles the expressions of one list; one without text takes a place and nothing else.
func (b *builder) evaluator(sources []source, authorizer bool) cel.ConditionEvaluator {
	all := make([]cel.ExpressionAccessor, len(sources))
	for i, s := range sources {
		if s.text == "" {
			continue
		}
		all[i] = s
		x, found := b.env.Compile(s.text)
		if x != nil {
			b.reads[s.field] = x.Reads()
		}
		b.note(s.field, found, b.compiler.CompileCELExpression(s, b.with(authorizer), whatIsStored))
	}
	return b.compiler.CompileCondition(all, b.with(authorizer), whatIsStored)
}

// note keeps what is wrong, with its place if that is known.
func (b *builder) note(field string, found *expression.Issue, result cel.CompilationResult) {
	if found == nil && result.Error != nil {
		found = &expression.Issue{Message: result.Error.Detail}
	}
	if found != nil {
		b.issues = append(b.issues, issue{field, found})
	}
}
