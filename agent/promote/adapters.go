package promote

import "github.com/penstock-dev/penstock/agent/source"

// OfRepository is the Store of an agent. Draft says who makes the commits, and signs them; its Parents and Message are set
// here.
func OfRepository(repository *source.Repository, draft source.Draft) Store { return nil }
