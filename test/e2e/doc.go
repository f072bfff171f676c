// Package e2e tests the agent as its users meet it: commits go in at a real Git server, and what a real
// control plane then has is looked at. Each file is one promise.
package e2e
