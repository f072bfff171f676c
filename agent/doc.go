// Package agent is the loop that ties the stages together: a commit comes in, workloads come out.
//
// On a schedule the agent polls the repository. A new commit becomes a plan: its tree is loaded, every
// unit whose files changed is rendered, and no two units may claim one object. The plan is pure; nothing
// has touched the cluster yet. Then a queue hands one unit at a time to a few workers, which apply it and
// write down what came of it. A unit that fails is tried again after a while that grows with each failure,
// and holds up nobody else. Watches on what was applied put a unit back into the queue when its health
// changes. With nothing new in Git and nothing new in the cluster, nothing happens at all but one ref
// listing a poll.
//
// The parts that touch the outside world are packages of their own: source reads Git, apply talks to the
// API server.
package agent
