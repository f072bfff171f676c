package expression

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Reads are the paths that the expression reads of its variables, as in descriptor.spec.scaling.min, sorted; also those
// that it only asks the presence of, and those of the definitions that it refers to. What is looked up by a computed key
// ends a path, and of the items of a list only the list is told.
func (x *Expression) Reads() []string { return slices.Clone(x.reads) }

// readsOf collects the paths of an expression. Definitions are those that variables.name refers to. alias is the path
// of an expression that is nothing else, or "".
func readsOf(e ast.Expr, defined *definitions) (reads []string, alias string) {
	r := &reader{paths: map[string]bool{}}
	r.visit(e)
	found := slices.Sorted(maps.Keys(r.paths))
	all := map[string]bool{}
	for _, path := range found {
		for _, read := range defined.behind(path) {
			all[read] = true
		}
	}
	reads = slices.Sorted(maps.Keys(all))
	if path, ok := r.path(e); ok && len(reads) == 1 {
		alias = defined.behind(path)[0]
	}
	return reads, alias
}

// behind are the paths that a path of variables.name stands for; of others, it is the path itself.
func (d *definitions) behind(path string) []string {
	rest, isDefined := strings.CutPrefix(path, variablesName+".")
	if !isDefined || d == nil {
		return []string{path}
	}
	name, field, deeper := strings.Cut(rest, ".")
	switch definition := d.compiled[name]; {
	case definition == nil:
		return nil
	case definition.alias != "" && deeper:
		return []string{definition.alias + "." + field}
	default:
		return definition.reads
	}
}

// reader walks an expression.
type reader struct {
	paths map[string]bool
	local []string // the variables of macros around the place
}

func (r *reader) visit(e ast.Expr) {
	if path, ok := r.path(e); ok {
		r.paths[path] = true
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		r.visit(e.AsSelect().Operand())
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			r.visit(call.Target())
		}
		r.visitAll(call.Args())
	case ast.ListKind:
		r.visitAll(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.visitAll([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()})
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			r.visit(field.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		r.visitMacro(e.AsComprehension())
	}
}

func (r *reader) visitAll(all []ast.Expr) {
	for _, e := range all {
		r.visit(e)
	}
}

// visitMacro walks a macro such as all or map, whose own variables are nobody's field.
func (r *reader) visitMacro(c ast.ComprehensionExpr) {
	r.visit(c.IterRange())
	before := r.local
	r.local = append(slices.Clone(before), c.IterVar(), c.IterVar2(), c.AccuVar())
	r.visitAll([]ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()})
	r.local = before
}

// path is that of an expression which is nothing but fields of a variable. It is empty, and fine, for one of a macro.
func (r *reader) path(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), !slices.Contains(r.local, e.AsIdent())
	case ast.SelectKind:
		above, ok := r.path(e.AsSelect().Operand())
		return above + "." + e.AsSelect().FieldName(), ok
	case ast.CallKind:
		return r.lookup(e.AsCall())
	}
	return "", false
}

// lookup is the path of a["b"], a.?b or a[?"b"].
func (r *reader) lookup(call ast.CallExpr) (string, bool) {
	if !slices.Contains([]string{operators.Index, operators.OptIndex, operators.OptSelect}, call.FunctionName()) || len(call.Args()) != 2 {
		return "", false
	}
	key := call.Args()[1]
	if key.Kind() != ast.LiteralKind {
		return "", false
	}
	name, isText := key.AsLiteral().(types.String)
	above, ok := r.path(call.Args()[0])
	return above + "." + string(name), ok && isText
}
