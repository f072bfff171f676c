// Package diff says what differs between the objects of before and after, for people to read.
//
//	objects := diff.Compare(before.Items, after.Items)
//	err := diff.Text(os.Stdout, objects)
//
// It compares what objects mean and not how they are written. Items of a list that Kubernetes merges by a key, such as
// containers, are found by that key. One argument more is one difference, and not one for each argument after it.
// Amounts that are the same, such as 1 and 1000m, do not differ. An object whose name ends in a digest of its content
// is the same object under a new name. What is in a Secret is never shown.
//
// # Paths
//
// A field is named by the path that leads to it, with what is not the name of a field in brackets:
//
//	metadata.labels[example.com/team]
//	spec.template.spec.containers[server].image
//	spec.template.spec.containers[server].ports[8000/TCP].name
//	spec.template.spec.containers[server].args[--max-model-len]
//	spec.rules[2]
//	spec.template.spec.initContainers[order]
//
// The item of a list is named by its key, an argument by its flag, and any other item by its index: after the change,
// or before it for one that was removed. [order] stands for a list with the same items in another order.
//
// # Why its own
//
// Of the libraries, dyff brings some 20 modules and compares lists by names alone; jsondiff writes JSON patches, in
// which one argument more moves all others; structured-merge-diff needs the schemas of all kinds, those of custom
// resources included. None keeps secrets to itself.
package diff
