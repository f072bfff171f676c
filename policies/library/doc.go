// Package library is the policies that come with Penstock.
//
// Each is a file below built-in, in the syntax that a repository's own policies have, with the cases that test it beside
// it: gpu-quota.yaml and gpu-quota_test.yaml. An environment switches them on by name, with parameters of its own:
//
//	spec:
//	  policies:
//	  - {name: gpu-quota, params: {gpus: 64}}
//
// or several at once by a profile, which is a file below profiles. README.md describes all of them; it is generated from
// the files, see Document.
//
// A built-in policy lets nothing pass that it knows nothing of. Where a figure, a scan, a signature or the rendered objects
// are missing, it holds and says what is missing, instead of failing to evaluate.
package library
