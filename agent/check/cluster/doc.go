// Package cluster asks a running cluster what a check cannot know from Git: how releases are in the environments that it
// runs, whether there is room, and what the API server and its webhooks say to a dry run. It changes nothing.
package cluster
