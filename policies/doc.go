// Package policies decides whether a change may reach an environment.
//
// Rules are CEL, in the syntax of Kubernetes' ValidatingAdmissionPolicy, and see an Input: the descriptor now and as
// it was last admitted, what it renders to, who changed it and who approved, what is known of the release in earlier
// environments, what it takes of GPUs and money, and the time. The same Input gives the same Decision everywhere: in a
// pull request, in the agent, and years later to an auditor.
//
// Load reads a directory of policies, and an environment chooses among them and the built-in ones by Sources.For. What a
// rule finds holds the change, unless an Exception lets the unit pass for a while, or an Override of somebody who is
// entitled to it does so now: then the finding stays in the Decision with who let it pass, and is told of. A policy that
// waits for something says until when by an audit annotation with the key again:
//
//	auditAnnotations:
//	- {key: again, valueExpression: "has(windows.next) ? string(windows.next) : ''"}
//
// Whatever is wrong with a policy is found when it is loaded, with the line and column of its file; what cannot be
// evaluated holds.
//
// The package is pure: it reads no file, knows no clock and asks nobody. What it needs is handed in.
package policies
