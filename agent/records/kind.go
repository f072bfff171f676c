package records

import "strings"

// kinds are all kinds, each with what its type and its files are called and what a commit's subject says of it.
var kinds = []struct {
	kind Kind
	word string // in lower case
	verb string // what was done, to the release
}{
	{Admitted, "admitted", "admit"},
	{Overridden, "overridden", "override policy for"},
	{Held, "held", "hold"},
	{Refused, "refused", "refuse"},
	{Applied, "applied", "apply"},
	{Failed, "failed", "fail to apply"},
	{Healthy, "healthy", "find healthy"},
	{Degraded, "degraded", "find degraded"},
	{Drifted, "drifted", "find drift of"},
	{Corrected, "corrected", "correct"},
	{Evaluated, "evaluated", "evaluate"},
	{Promoted, "promoted", "promote"},
	{RolledBack, "rolledback", "roll back"},
	{Pruned, "pruned", "delete"},
	{Suspended, "suspended", "suspend"},
	{Lost, "lost", "lose facts"},
}

// Kinds are all kinds of facts.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i, k := range kinds {
		all[i] = k.kind
	}
	return all
}

// isKind says whether there is such a kind.
func isKind(kind Kind) bool { return numberOf(kind) >= 0 }

// numberOf is the place of a kind in kinds; -1 if there is none.
func numberOf(kind Kind) int {
	for i := range kinds {
		if kinds[i].kind == kind {
			return i
		}
	}
	return -1
}

// kindInPath is the kind that is called so; empty if there is none.
func kindInPath(word string) Kind {
	for i := range kinds {
		if kinds[i].word == word {
			return kinds[i].kind
		}
	}
	return ""
}

// The type of a fact's event is this prefix, its kind in lower case, and this version: dev.penstock.record.applied.v1.
const (
	typePrefix = "dev.penstock.record."
	typeSuffix = ".v1"
)

func typeOf(kind Kind) string { return typePrefix + strings.ToLower(string(kind)) + typeSuffix }

// kindOfType is the kind of an event's type; empty if it is none of ours.
func kindOfType(name string) Kind {
	word, ok := strings.CutPrefix(name, typePrefix)
	word, ok2 := strings.CutSuffix(word, typeSuffix)
	if !ok || !ok2 {
		return ""
	}
	return kindInPath(word)
}
