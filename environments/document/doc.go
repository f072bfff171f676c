// Package document reads YAML that a stranger wrote, and remembers where everything in it stands.
//
// A repository is hostile until proven otherwise, and YAML gives it much to work with: a kilobyte of
// aliases that expands to gigabytes, an anchor that contains itself, ten thousand nested lists, a key
// that is said twice so that two readers see two different objects. Parse refuses all of that before
// anything is expanded, with the file and the line.
//
// What remains is YAML that every reader understands the same way and that is also JSON, as Kubernetes
// needs it: UTF-8, string keys, each said once, no tags beyond the core ones, no NaN.
//
// A Document answers two kinds of question. Object gives the value, with aliases and merge keys resolved.
// Line tells on which line a field such as spec.release.runtime.env[2].name was said, so that a problem
// found much later, by a schema or a policy, can still be shown to its author.
package document
