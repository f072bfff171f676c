// Package trust answers who signed something, by keys that are kept in Git.
//
// Anybody can write any name into a commit: author, committer, date and trailers are claims. What cannot be
// claimed is a signature, and what it means is said by a trust file: whose key is this, for what may it sign,
// and from when to when? Trust files are in the format of OpenSSH's allowed_signers (ssh-keygen(1), ALLOWED
// SIGNERS), so that everything decided here can be checked by hand with ssh-keygen and git:
//
//	alice@example.com ssh-ed25519 AAAA…
//	bob@example.com namespaces="git",valid-before="20270101Z" ssh-ed25519 AAAA…
//	*@example.com cert-authority ssh-ed25519 AAAA…
//
// Four steps lead from bytes to a verdict:
//
//	signers, problems := trust.ParseSigners("trust/allowed_signers", data)
//	commit, err := trust.ParseCommit(raw)                      // err: two readers could read it differently
//	signature, err := commit.Verify(trust.Keys{Signers: signers}, now)   // err: a Refusal that says why
//	if signature.IsAuthor { … }                                // the key belongs to whom the commit names
//
// The last line matters. git verify-commit calls a commit good when any trusted key signed it, whoever its
// author is said to be; only IsAuthor and IsCommitter tie the key to the name.
//
// Objects are read as raw bytes and strictly. A commit with two trees, with a second signature, with a header
// that hides behind a carriage return, has no one meaning and is refused before anything is verified, so
// that what was verified is what everybody else reads.
//
// Everything here is a pure function of bytes and of the time handed in. A trust file with one wrong line
// is not used at all. Where OpenSSH is lenient, this package is stricter and never the other way round: whoever
// is accepted here is accepted by ssh-keygen -Y verify with the same file. The differences are
//
//   - critical options of a certificate are refused, as none of them can be honoured here;
//   - a signature by a security key must prove a touch;
//   - DSA, RSA below 2048 bits and SHA-1 signatures, also by a certificate authority, are refused;
//   - dates must exist (no 30 February);
//   - empty patterns, lists that can never match and repeated options are errors.
//
// One thing OpenSSH leaves to the machine: a date without Z is local time there, and UTC here, since a verdict
// must not depend on where it is made. Write the Z.
//
// Revoked keys are not listed separately: remove the line, or end it with valid-before.
package trust
