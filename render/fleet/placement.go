package fleet

// A Verdict is what a Fleet says of a workload.
type Verdict string

const (
	// Unknown is the verdict where the fleet is not known, or the workload cannot be understood.
	Unknown Verdict = "Unknown"
	// Fits is the verdict where all replicas have room now.
	Fits Verdict = "Fits"
	// NoRoom is the verdict where there is enough, but others use it, or it is on nodes that take no pods now.
	NoRoom Verdict = "NoRoom"
	// NotEnough is the verdict where not even an empty fleet had room for all replicas.
	NotEnough Verdict = "NotEnough"
	// NoSuchNode is the verdict where no node has the labels that are asked for.
	NoSuchNode Verdict = "NoSuchNode"
	// NotTolerated is the verdict where all nodes with the labels have a taint that the pod does not tolerate.
	NotTolerated Verdict = "NotTolerated"
)

// A Placement is what a Fleet says of a workload, and why.
type Placement struct {
	Verdict Verdict
	// Replicas is how many were asked for.
	Replicas int
	// Fit is how many have room now, without touching others' pods; at most Replicas.
	Fit int
	// Ever is how many an empty fleet had room for; at most Replicas.
	Ever int
	// Scarce is the resource that there is least of for this workload; nil where no node was found.
	Scarce *Scarce
	// Unmatched are labels that the pod asks for and no live node has. They are the reason of NoSuchNode, and
	// worth a warning with any other verdict: of a list of products, one may be misspelt.
	Unmatched []Unmatched
	// Message is a sentence that a person understands, without the full stop.
	Message string
}
