package document

// What one file may hold. A descriptor is a few kilobytes; the limits leave room for large ConfigMaps
// and dashboards, and bound what reading one file can cost.
const (
	// MaxBytes is the size of a file.
	MaxBytes = 1 << 20
	// MaxDocuments is the number of documents in one file, empty ones included.
	MaxDocuments = 1_000
	// MaxNodes is the number of keys and values in one file, counted as if every alias were written out.
	MaxNodes = 50_000
	// MaxDepth is how deep lists and maps may nest, aliases written out.
	MaxDepth = 64
	// MaxProblems is how many problems of one file are reported; who mends them learns of the others.
	MaxProblems = 20
)
