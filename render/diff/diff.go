package diff

// Change is what became of an object or a field.
type Change string

// The changes. A list with the same items in another order is Changed.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// reverse is the change in the other direction.
func (c Change) reverse() Change {
	switch c {
	case Added:
		return Removed
	case Removed:
		return Added
	}
	return c
}

// Object is an object that differs.
type Object struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Was is the name before, for an object with a digest of its content in its name.
	Was    string `json:"was,omitempty"`
	Change Change `json:"change"`
	// Fields that differ, in the order of their paths; none for an object that was added or removed.
	Fields []Field `json:"fields,omitempty"`
}

// Field is a field that differs, or a whole map or list that is on one side only.
type Field struct {
	// Path of the field: see the package comment.
	Path   string `json:"path"`
	Change Change `json:"change"`
	// Old and New are the values as JSON has them; nil where there is none. Those of Secrets are Withheld.
	Old any `json:"old,omitempty"`
	New any `json:"new,omitempty"`
}

// Withheld and WithheldChange stand for values in Secrets.
const (
	Withheld       = "(secret)"
	WithheldChange = "(secret, changed)"
)
