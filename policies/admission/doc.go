// Package admission says what a cluster's own ValidatingAdmissionPolicies would say of rendered objects, before they are
// applied and without the cluster: the author of a change sees the denial in the pull request, and not after the merge.
//
//	set, problems := admission.Load(repository, "policies/cluster")
//	findings, err := set.As("system:serviceaccount:penstock-system:penstock").Evaluate(ctx, objects, nil, "ml-prod", nil)
//
// Expressions are compiled and evaluated by the API server's own code; what is around them, such as which policy is
// about which object, which parameters it takes and what follows from a failure, follows the API server rule by rule.
//
// # What cannot be told
//
// What only the cluster knows never lets an object pass in silence:
//
//   - A rule that asks the authorizer, who is applying (unless As says so), or about the namespace more than is known of
//     it, gives a warning that it cannot be told.
//   - A condition, or a selector of namespaces, of which that is true is taken to be met. Findings have a note then.
//   - A policy that names another version of the object's kind would see the object converted. That is a warning too.
//   - Which resource serves a kind that Kubernetes does not have itself is guessed from its name.
//
// Two differences remain. The API server fills in defaults and lets webhooks change an object before its policies see it;
// these see it as rendered. So a rule about a field that is never written in Git can fail here and hold there, or, if it
// asks whether the field is there, the other way about; penstock check with a kubeconfig asks the API server itself.
// And only rendered objects are looked at, as by the API server when they are applied: a policy about Pods has nothing
// to say about a Deployment, and denies the pods that it makes later.
package admission
