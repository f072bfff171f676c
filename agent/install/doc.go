// Package install makes the manifests that put the agent into a cluster.
//
// They are the YAML files under manifests, as an admin would want to read them, comments included; what
// differs from cluster to cluster is set in them node by node. Nothing is sent anywhere: penstock install
// prints the result, and kubectl applies it.
//
// # Rights
//
// The agent has one Role where it lives, for its lease, its memory and its events, and one Role in each
// environment's namespace, for exactly the kinds that a model may consist of. One ClusterRole, which
// Options.NoFleet leaves out, lets it see nodes and pods, and change nothing. So a
// commit can never extend its reach: a new environment is served only after an admin has printed and
// applied the manifests again. Secrets are left out unless Options.AllowSecrets says otherwise.
package install
