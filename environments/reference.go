package environments

import "embed"

// Reference is a small but complete tree of environments: three models of different kinds in dev, staging
// and prod, as in the design. It is what `penstock init` writes, what the demo runs and what tests read.
// Its root is "."; Load(Reference, ".") loads it.
//
//go:embed all:base dev staging prod
var Reference embed.FS
