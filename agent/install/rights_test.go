package install_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/agent/install/installtest"
)

// The API server says which rules it finds for the agent. They are a file to review, without those that
// every service account has. What came from a ClusterRole would be there for kube-system too.
func TestTheAgentHasExactlyTheseRights(t *testing.T) {
	for _, secrets := range []bool{false, true} {
		name := map[bool]string{false: "rights", true: "rights-with-secrets"}[secrets]
		t.Run(name, func(t *testing.T) {
			o := options(name)
			o.AllowSecrets = secrets
			cp, config := installed(t, o)
			own := clients(t, config)
			anybody := clients(t, installtest.ServiceAccountConfig(t, cp, "default", "default"))
			var got strings.Builder
			for _, namespace := range []string{o.Namespace, o.TargetNamespaces[0], "kube-system"} {
				common := rules(t, anybody, namespace)
				fmt.Fprintf(&got, "in %s:\n", namespace)
				for _, rule := range rules(t, own, namespace) {
					if !slices.Contains(common, rule) {
						fmt.Fprintln(&got, rule)
					}
				}
			}
			compare(t, "testdata/"+name+".golden.txt", got.String())
		})
	}
}

// rules are what somebody may do in a namespace, a resource a line.
func rules(t *testing.T, own kubernetes.Interface, namespace string) []string {
	t.Helper()
	review, err := own.AuthorizationV1().SelfSubjectRulesReviews().Create(t.Context(), &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if review.Status.Incomplete {
		t.Fatalf("the API server does not know all rules: %s", review.Status.EvaluationError)
	}
	var lines []string
	for _, rule := range review.Status.ResourceRules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				what := strings.TrimSpace(strings.Join([]string{strings.TrimSuffix(resource+"."+group, "."), strings.Join(rule.ResourceNames, " ")}, " "))
				lines = append(lines, fmt.Sprintf("  %-46s %s", what, strings.Join(rule.Verbs, " ")))
			}
		}
	}
	for _, rule := range review.Status.NonResourceRules {
		lines = append(lines, fmt.Sprintf("  %s %s", strings.Join(rule.NonResourceURLs, " "), strings.Join(rule.Verbs, " ")))
	}
	slices.Sort(lines)
	return lines
}

// The questions that a careful admin asks before she applies the manifests. Each is asked of the authorizer
// itself, as kubectl auth can-i does.
func TestWhatTheAgentMayAndMayNot(t *testing.T) {
	o := options("may")
	_, config := installed(t, o)
	own := clients(t, config)
	home, models := o.Namespace, o.TargetNamespaces[0]
	for _, q := range []struct {
		may                       bool
		verb, resource, namespace string
	}{
		{true, "create", "deployments.apps", models},
		{true, "patch", "modeldeployments.penstock.dev/status", models},
		{true, "list", "pods", models},
		{true, "delete", "scaledobjects.keda.sh", models},
		{true, "create", "leases.coordination.k8s.io", home},
		{true, "list", "nodes", ""},
		{true, "watch", "pods", ""},
		{true, "list", "resourceclaims.resource.k8s.io", ""},

		{false, "get", "secrets", models},
		{false, "get", "secrets", home},
		{false, "get", "secrets", "kube-system"},
		{false, "list", "secrets", ""},
		{false, "create", "pods", models},
		{false, "create", "pods/exec", models},
		{false, "get", "pods/log", models},
		{false, "create", "serviceaccounts/token", models},
		{false, "update", "deployments.apps/scale", models},
		{false, "deletecollection", "deployments.apps", models},
		{false, "create", "roles.rbac.authorization.k8s.io", models},
		{false, "create", "rolebindings.rbac.authorization.k8s.io", models},
		{false, "create", "clusterroles.rbac.authorization.k8s.io", ""},
		{false, "bind", "clusterroles.rbac.authorization.k8s.io", ""},
		{false, "escalate", "clusterroles.rbac.authorization.k8s.io", ""},
		{false, "impersonate", "users", ""},
		{false, "impersonate", "serviceaccounts", models},
		{false, "patch", "deployments.apps", home},
		{false, "patch", "configmaps", home},
		{true, "list", "configmaps", home},
		{true, "delete", "configmaps", home},
		{false, "create", "deployments.apps", "default"},
		{false, "create", "deployments.apps", "kube-system"},
		{false, "list", "modeldeployments.penstock.dev", ""},
		{false, "get", "namespaces", ""},
		{false, "create", "namespaces", ""},
		{false, "patch", "namespaces", models},
		{false, "patch", "nodes", ""},
		{false, "get", "nodes", ""},
		{false, "get", "nodes/proxy", ""},
		{false, "delete", "pods", "kube-system"},
		{false, "patch", "resourceclaims.resource.k8s.io", ""},
		{false, "patch", "customresourcedefinitions.apiextensions.k8s.io", ""},
		{false, "create", "validatingwebhookconfigurations.admissionregistration.k8s.io", ""},
		{false, "create", "persistentvolumes", ""},
		{false, "create", "anything.example.com", models},
	} {
		if got := canI(t, own, q.verb, q.resource, q.namespace); got != q.may {
			t.Errorf("can it %s %s in %q? %v", q.verb, q.resource, q.namespace, got)
		}
	}
}

// The right to see the fleet is left out where an admin wants none in the whole cluster.
func TestWithoutTheFleetThereIsNoRightInTheWholeCluster(t *testing.T) {
	o := options("nofleet")
	o.NoFleet = true
	_, config := installed(t, o)
	own := clients(t, config)
	for _, resource := range []string{"nodes", "pods", "resourceclaims.resource.k8s.io"} {
		if canI(t, own, "list", resource, "") {
			t.Errorf("it may list %s", resource)
		}
	}
	manifests, err := install.Manifests(o)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(manifests); strings.Contains(text, "ClusterRole") || !strings.Contains(text, "--fleet=false") {
		t.Error("there is a ClusterRole, or the agent is not told that it may not look")
	}
}

// canI asks for a resource such as deployments.apps/scale; without a namespace, for all of them.
func canI(t *testing.T, own kubernetes.Interface, verb, resource, namespace string) bool {
	t.Helper()
	path, subresource, _ := strings.Cut(resource, "/")
	plural, group, _ := strings.Cut(path, ".")
	review, err := own.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: verb, Group: group, Resource: plural, Subresource: subresource,
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}
