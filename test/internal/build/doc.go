// Package build compiles programs that tests run but the product must not depend on: a control plane, a forge. Each is a
// Go module of its own below test, with its own go.mod, pinned by version and hash.
//
//	gitea := build.Module{Name: "Gitea", Dir: "test/gitea", Programs: []string{"./gitea"}}
//	dir, err := gitea.Build(ctx, build.Options{Progress: os.Stderr})
//	// dir/gitea is the program
//
// What was built is kept in the user's cache directory, under the digest of what it was built from, until nobody has
// used it for a week. Any number of processes may ask at once: one builds, the others wait for it.
package build
