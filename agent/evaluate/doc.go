// Package evaluate measures releases: it runs the evaluations of a descriptor as Jobs, once a release is healthy, reads what
// they found, and says whether it is within the limits.
//
// It is level-triggered, as the rest of the agent is. Step may be called at any time and as often as one likes, by an agent
// that was killed at any moment before: what there is to know is in the cluster (the Job, named after all that its result is
// bound to) and in what the caller remembers (which Jobs have been recorded). Step itself costs no request while nothing
// changes, since it reads what the watches have seen.
//
// A unit's evaluations run one after the other. Two at once would measure each other: whoever asks how long an answer takes
// must be alone.
//
// A result says {"metrics": {"mmlu/acc": 0.71}}; policies/evaluation reads it, and package README.md beside it says the
// rest. What it is a result of, it need not say: the Job is bound to one release and one revision, by its name, and when
// another release replaces that one, its Job is stopped and what it found is thrown away.
package evaluate
