package policies

import (
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/policies/expression"
)

// named is an expression with a name.
type named struct {
	name string
	line int
	*expression.Expression
}

// rule is one validation.
type rule struct {
	*expression.Expression
	line              int
	message           string
	messageExpression *expression.Expression
	reason            string
	fields            []string // of the descriptor
}

// compiled are the expressions of a policy.
type compiled struct {
	env        *expression.Env
	conditions []named
	rules      []rule
	facts      []named
}

// compiler collects what is wrong with one policy.
type compiler struct {
	*Policy
	compiled
	problems problem.List
}

// compile compiles the expressions of a policy. Each that is wrong is a problem of its own.
func compile(p *Policy) (*compiled, problem.List) {
	c := &compiler{Policy: p}
	if c.prepare(); c.env == nil {
		return nil, c.problems
	}
	c.define(p.spec.Variables)
	for i, condition := range p.spec.MatchConditions {
		c.conditions = append(c.conditions, c.named(fmt.Sprintf("spec.matchConditions[%d]", i), ".expression", condition.Name, condition.Expression, expression.Bool)...)
	}
	for i, v := range p.spec.Validations {
		c.rule(fmt.Sprintf("spec.validations[%d]", i), v)
	}
	for i, annotation := range p.spec.AuditAnnotations {
		c.facts = append(c.facts, c.named(fmt.Sprintf("spec.auditAnnotations[%d]", i), ".valueExpression", annotation.Key, annotation.ValueExpression, expression.String, expression.Null)...)
	}
	return &c.compiled, c.problems
}

// prepare makes the environment of this policy's expressions.
func (c *compiler) prepare() {
	own := []expression.Variable{{Name: "params", Type: typeOfParams(c.Name, c.Params)}}
	if c.about != nil {
		own = append(own, expression.Variable{Name: "object", Type: expression.Dyn})
	}
	shared, err := base()
	if err == nil {
		c.env, err = shared.Scope(own...)
	}
	if err != nil {
		c.problems = append(c.problems, c.at.problem("spec", ruleInvalidExpression, "report this as a fault of Penstock", err.Error()))
	}
}

func (c *compiler) define(variables []admissionregistrationv1.Variable) {
	for i, v := range variables {
		if issue := c.env.Define(v.Name, v.Expression); issue != nil {
			c.refuse(fmt.Sprintf("spec.variables[%d].expression", i), issue)
		}
	}
}

// named compiles one of a list of expressions with names, or adds a problem and returns none.
func (c *compiler) named(item, field, name, text string, wanted ...*expression.Type) []named {
	x := c.expression(item+field, text, wanted...)
	if x == nil {
		return nil
	}
	line, _ := c.at.said.Nearest(item)
	return []named{{name, line, x}}
}

// expression compiles one field, or adds a problem and returns nil.
func (c *compiler) expression(field, text string, wanted ...*expression.Type) *expression.Expression {
	compiled, issue := c.env.Compile(text, wanted...)
	if issue != nil {
		c.refuse(field, issue)
		return nil
	}
	return compiled
}

func (c *compiler) refuse(field string, issue *expression.Issue) {
	p := c.at.issue(field, issue)
	if c.about == nil && issue.Message == "there is nothing named 'object'" {
		p.Mend = "write objects, or add spec.matchConstraints, with which each object that it names is looked at by itself"
	}
	c.problems = append(c.problems, p)
}

func (c *compiler) rule(field string, v admissionregistrationv1.Validation) {
	made := rule{message: v.Message}
	if v.Reason != nil {
		made.reason = string(*v.Reason)
	}
	made.line, _ = c.at.said.Nearest(field)
	made.Expression = c.expression(field+".expression", v.Expression, expression.Bool)
	if v.MessageExpression != "" {
		made.messageExpression = c.expression(field+".messageExpression", v.MessageExpression, expression.String)
	}
	if made.Expression != nil {
		made.fields = descriptorFields(made.Reads())
	}
	c.rules = append(c.rules, made)
}
