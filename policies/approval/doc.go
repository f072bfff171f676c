// Package approval is the consent of people to content.
//
// An approval is an SSH signature over a short text: the unit, the digest of every file that the unit reads, and when the
// consent ends. It is bound to the content and not to a commit. So it survives a squash and a rebase, and is void as soon
// as a file changes, in a base as much as in the unit itself. The same content in another repository is approved too: that
// is what was looked at.
//
// The signature is made for a purpose of its own (an SSHSIG namespace), so that nobody can present the signature of a commit
// as an approval. It can be verified by hand:
//
//	ssh-keygen -Y verify -f trust/allowed_signers -I grace@example.com -n approval@penstock.dev -s signature < text
//
// The package is pure: the time is handed in.
package approval
