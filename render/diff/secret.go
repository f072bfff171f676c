package diff

// lastApplied is where kubectl keeps the whole of what it has applied.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// isSecret reports whether the value at a path, or what is below it, must not be shown.
func (c *comparison) isSecret(at path) bool {
	if !c.secret || len(at) == 0 {
		return false
	}
	first := at[0].text
	return first == "data" || first == "stringData" || at.last() == lastApplied
}

// secretValue notes that a value differs, and neither.
func (c *comparison) secretValue(at path, old, now any) {
	switch changeOf(old, now) {
	case Added:
		c.note(at, Added, nil, Withheld)
	case Removed:
		c.note(at, Removed, Withheld, nil)
	default:
		c.note(at, Changed, WithheldChange, WithheldChange)
	}
}
