// Package forge opens and keeps pull requests: on GitHub, GitLab, and Gitea or Forgejo.
//
// Git itself knows no pull requests. An agent can push a branch, but only the forge can ask people to merge it. This
// package is that one request, and it can be repeated for ever: [Ensure] says what should be there,
//
//	hub, err := forge.New(forge.Config{Kind: forge.GitHub, Repository: "acme/models", TokenFile: "/secret/token"})
//	pr, action, err := forge.Ensure(ctx, hub, forge.Wanted{
//		Base: "main", Head: "penstock/promote/prod/llama", Key: "prod/llama rel-3f2a91c",
//		Title: "Promote llama to prod", Body: "…",
//	})
//
// and finds the pull request, opens it, or brings its text up to date.
//
// # There is one, whatever happens
//
// Nothing is remembered between two calls but what the forge itself remembers. So the agent may be killed at any point,
// and a second agent or a person with the command line may do the same at the same time: the branch is the identity, as
// there is one branch for each unit. Who is told that the pull request already exists looks for it again. Where a forge
// lets two in at the same moment, the one with the lower number stays, and who opened the other closes it.
//
// # People have the last word
//
// Each body ends with a comment that a browser does not show:
//
//	<!-- penstock: prod/llama rel-3f2a91c; text 5d41402abc4b -->
//
// It names the content that is proposed ([Wanted.Key]) and the digest of the text that was written. A pull request that
// a person closed is a "no" to its content, and is not opened again for it: Ensure answers [Declined]. One that
// [Forge.Close] closed, because it was overtaken, says so in its comment, and is no answer. And a text that a person
// edited stays, until there is something new to write. To ask again for what was declined, a person reopens the pull
// request.
//
// # What is touched
//
// Only pull requests whose branch begins with [BranchPrefix] and lies in the same repository, never one from a fork.
// Before a pull request is changed or closed, it is read again to make sure of this. Nothing here merges anything.
//
// # Rights
//
// The least that a token needs, beside what pushing the branch needs:
//
//   - GitHub, fine-grained token or App: the repository permission "Pull requests: read and write". A classic token
//     needs the scope repo (public_repo for a public repository), which is much more.
//   - GitLab: the scope api, and the role Developer in the project. A project access token is best: it reaches no other
//     project.
//   - Gitea and Forgejo: the scopes write:repository and write:issue. write:issue is for the comment with which a pull
//     request is closed. Who may read the repository may open one and change it; to change what another opened takes the
//     right to write to the unit "Pull Requests".
//
// Pushing the branch needs "Contents: read and write" at GitHub, write_repository (in api) at GitLab, and
// write:repository at Gitea; it may be another token. No token needs the right to merge, or to push to the base branch.
//
// # The forge is not trusted
//
// Certificates are verified, http:// goes to this machine only, every call has a time limit and every answer a size
// limit. No redirect is followed, so a token goes to the configured host alone. Text of the forge is cleaned before it
// is quoted, and the token never appears in an error. Nothing is retried here: [IsTransient] tells whether trying again
// may help, and [RetryAt] not before when.
package forge
