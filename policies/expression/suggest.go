package expression

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/penstock-dev/penstock/environments/spelling"
)

// unknown matches the messages about names that there are not.
var unknown = regexp.MustCompile(`^(undefined field|there is nothing named) '([^']+)'$`)

// most is how many names are listed when none is similar.
const most = 12

// suggest says what was meant, as in: did you mean min? It is empty when that is not known.
func (e *Env) suggest(source string, issue *Issue) string {
	what := unknown.FindStringSubmatch(issue.Message)
	if what == nil {
		return ""
	}
	names := slices.Sorted(maps.Keys(e.variables))
	if what[1] == "undefined field" {
		parsed, issues := e.set.StoredExpressionsEnv().Parse(source)
		if issues.Err() != nil {
			return ""
		}
		t := &typer{env: e, info: parsed.NativeRep().SourceInfo(), issue: issue, field: what[2]}
		if t.visit(parsed.NativeRep().Expr()); t.blamed == nil {
			return ""
		}
		names = slices.Sorted(maps.Keys(t.blamed.Fields))
	}
	if near := spelling.Nearest(what[2], names); near != "" {
		return "did you mean " + near + "?"
	}
	if len(names) == 0 || len(names) > most {
		return ""
	}
	return "expected one of " + strings.Join(names, ", ")
}

// typer finds the type of the object that has no such field. CEL's own checker knows it, and says nothing of an
// expression that it refuses. Types that are not known are nil; an optional value counts as the value.
type typer struct {
	env    *Env
	info   *ast.SourceInfo
	issue  *Issue
	field  string
	local  map[string]*Type // of the variables of macros
	blamed *Type
}

func (t *typer) visit(e ast.Expr) *Type {
	switch e.Kind() {
	case ast.IdentKind:
		if local, ok := t.local[e.AsIdent()]; ok {
			return local
		}
		return t.env.variables[e.AsIdent()]
	case ast.SelectKind:
		return t.selected(e, t.visit(e.AsSelect().Operand()), e.AsSelect().FieldName())
	case ast.CallKind:
		return t.call(e, e.AsCall())
	case ast.ListKind:
		if items := t.all(e.AsList().Elements()); len(items) > 0 && items[0] != nil {
			return List(items[0])
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			t.visit(entry.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		return t.macro(e.AsComprehension())
	}
	return nil
}

func (t *typer) all(several []ast.Expr) []*Type {
	found := make([]*Type, len(several))
	for i, e := range several {
		found[i] = t.visit(e)
	}
	return found
}

// selected is the type of a field, and notes the place that is to blame.
func (t *typer) selected(e ast.Expr, of *Type, field string) *Type {
	if of == nil {
		return nil
	}
	at := t.info.GetStartLocation(e.ID())
	if of.IsObject() && field == t.field && at.Line() == t.issue.Line && at.Column() == t.issue.Column {
		t.blamed = of
	}
	if declared, ok := of.FindField(field); of.IsObject() && ok {
		return declared.Type
	}
	return of.ElemType // of a map
}

// call is the type of what a function returns, as far as it is one of those that rules use on objects.
func (t *typer) call(e ast.Expr, call ast.CallExpr) *Type {
	var of *Type
	if call.IsMemberFunction() {
		of = t.visit(call.Target())
	}
	args := t.all(call.Args())
	switch call.FunctionName() {
	case operators.OptSelect:
		if name, ok := call.Args()[1].AsLiteral().(types.String); ok {
			return t.selected(e, args[0], string(name))
		}
	case operators.Index, operators.OptIndex:
		if args[0] != nil {
			return args[0].ElemType
		}
	case operators.Conditional, operators.Add:
		if i := slices.IndexFunc(args, func(one *Type) bool { return one != nil && one != Bool }); i >= 0 {
			return args[i]
		}
	case "orValue", "or", "value", "distinct", "sort", "reverse", "slice":
		return of
	}
	return nil
}

// macro is the type of what all, exists, filter, map and so on make of a list or a map.
func (t *typer) macro(c ast.ComprehensionExpr) *Type {
	of, before := t.visit(c.IterRange()), t.local
	t.local = maps.Clone(before)
	if t.local == nil {
		t.local = map[string]*Type{}
	}
	var item *Type
	switch {
	case of == nil:
	case of.IsMap() && !c.HasIterVar2():
		item = of.KeyType
	default:
		item = of.ElemType
	}
	t.local[c.IterVar()], t.local[c.AccuVar()] = item, nil
	if c.HasIterVar2() {
		t.local[c.IterVar()], t.local[c.IterVar2()] = nil, item
	}
	t.local[c.AccuVar()] = t.visit(c.LoopStep())
	result := t.visit(c.Result())
	t.local = before
	return result
}
