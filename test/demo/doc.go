// Package demo plays a day in the life of a repository that Penstock follows, on one machine and in less
// than a minute, with the real thing wherever there is one: a real API server, scheduler and controllers with
// simulated GPU nodes (package controlplane), a real Git server with TLS and a token (package gitserver),
// and the agent as it runs in a cluster, with the rights that its service account would have.
//
// Engineers make commits, and the demo tells in plain sentences what comes of them. It shows what kubectl
// prints, and it believes nothing that it says: each chapter ends only when the cluster, the API server's
// audit log or the Git server's counters bear the story out. So the demo is a test too.
//
//	err := demo.Run(ctx, demo.Options{Out: os.Stdout})
//
// The story is the table in chapters.go; each chapter is a file of its own, beside what they share: the
// stage (what runs), the narrator (what is said), the engineer (who commits) and the witness (what is seen).
package demo
