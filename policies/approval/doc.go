// Package approval is the consent of people to content.
//
// An approval is an SSH signature over a short text, which anybody can read:
//
//	Penstock approval, version 1
//	unit: prod/llama-3-8b
//	content: sha256:9f2c…
//	expires: 2026-12-31T00:00:00Z
//
// Content is the digest of every file that the unit reads. So an approval is bound to what was looked at and not to a
// commit: it survives a squash and a rebase, and is void as soon as a file changes, in a base as much as in the unit
// itself. It counts again if the files become what they were before it ends. The same files of the same unit in another
// repository are approved too, since they are what was looked at.
//
// The signature is made for a purpose of its own, an SSHSIG namespace, so that nobody can present the signature of a
// commit as an approval. A change of the rules themselves (policies, exceptions, trust) is approved as the unit "rules", in
// another namespace, so that a key can be trusted for one and not for the other (ssh-keygen(1), ALLOWED SIGNERS):
//
//	grace@example.com namespaces="git,approval@penstock.dev" ssh-ed25519 AAAA…
//
// Approvals are files beside the unit, approvals/<principal>.yaml. Sign and Marshal make one, Load and Verify judge it. What
// is judged can be verified by hand too:
//
//	ssh-keygen -Y verify -f trust/allowed_signers -I grace@example.com -n approval@penstock.dev -s signature < text
//
// Verify tells whose signature it is. Whether that person may approve (somebody else than the author, say) is for policies
// to decide; Distinct counts persons rather than keys.
//
// The package is pure: the time is handed in, and nothing is read but the file system that is.
package approval
