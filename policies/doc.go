// Package policies decides whether a change may reach an environment.
//
// Rules are CEL, in the syntax of Kubernetes' ValidatingAdmissionPolicy, and see an Input: the descriptor now and as
// it was last admitted, what it renders to, who changed it and who approved, what is known of the release in earlier
// environments, what it takes of GPUs and money, and the time. The same Input gives the same Decision everywhere: in a
// pull request, in the agent, and years later to an auditor.
//
// The package is pure: it reads no file, knows no clock and asks nobody. What it needs is handed in.
package policies
