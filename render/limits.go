package render

// What one unit's build may hold. Kustomize cannot be interrupted, so time and memory are bounded by
// bounding what goes in: the slowest that was found to pass takes seconds. A base that is used twice
// counts twice, because kustomize builds it twice.
const (
	// maxRoots is how many kustomizations a build may visit.
	maxRoots = 64
	// maxDepth is how deep kustomizations may nest.
	maxDepth = 16
	// maxFiles is how many files they may name.
	maxFiles = 500
	// maxBytes is how large those files may be together.
	maxBytes = 8 << 20
	// maxObjects is how many objects may come in; kustomize's work grows with the square.
	maxObjects = 256
	// maxItems is how many list items and map entries they may have together, for the same reason.
	maxItems = 20_000
	// maxOperations is how many list items and map entries kustomizations, patches and their kin may have,
	// and how many lines environment files. Kustomize compares many of them with each other.
	maxOperations = 2_000
	// maxApplications is how many of them there may be for each object, added up over the objects.
	maxApplications = 100_000
	// maxGrowth is how many bytes patches and replacements may add, by a careless estimate from above.
	maxGrowth = 64 << 20
)
