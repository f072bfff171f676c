// Package giteaserver runs a real Gitea on this machine, for tests: the forge with its pull requests, its rights and its
// protected branches, and not an imitation. Only its web pages are missing.
//
//	func TestMain(m *testing.M) { giteaserver.Main(m) }
//
//	func TestPromotion(t *testing.T) {
//		repo := giteaserver.ForTest(t)
//		repo.Commit(repo.Bot, "penstock/promote/prod/llama", map[string]string{"release.yaml": "…"})
//		token := repo.Token(repo.Bot, "write:repository", "write:issue")
//		…
//		repo.Merge(repo.Engineer, number)
//	}
//
// A package that also needs a control plane says
//
//	func TestMain(m *testing.M) { controlplane.Main(giteaserver.Tests(m)) }
//
// The server is compiled from the module in test/gitea the first time that it is needed, and kept in the user's cache
// directory; it is up two seconds later. All tests of a test binary share it. Each test gets an organization and a
// private repository of its own, with four people and their rights: [Repository].
//
// # The way there
//
// Gitea listens on a socket in a temporary directory. What clients reach is a [Front], a proxy on a port of this
// machine. [Server.Front] makes more of them, with TLS if asked, and each can be told to misbehave: see [Fault]. Git
// pushes and fetches over the same URL, with a person's name and password.
//
// # Who owns what
//
// Everything ends with the test binary: the server's standard input is a pipe from it, so that not even a SIGKILL leaves
// one behind.
package giteaserver
