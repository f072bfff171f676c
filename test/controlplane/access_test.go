package controlplane_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestRBACDeniesAUserWithoutRights(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	namespace := cp.Namespace(t)
	config, err := cp.User("ann", "team-a")
	if err != nil {
		t.Fatal(err)
	}
	ann := clientFor(t, config)
	_, err = ann.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `User "ann" cannot list resource "pods"`) {
		t.Fatalf("got %v, want a refusal of ann", err)
	}
	admin := clientFor(t, cp.RESTConfig())
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "team-a"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "team-a"}},
	}
	if _, err := admin.RbacV1().RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ann to be let in", func(ctx context.Context) error {
		_, err := ann.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		return err
	})
}

func TestNobodyIsAnonymous(t *testing.T) {
	t.Parallel()
	config := controlplane.ForTest(t).RESTConfig()
	config.CertData, config.KeyData = nil, nil
	_, err := clientFor(t, config).Discovery().ServerVersion()
	if !apierrors.IsUnauthorized(err) {
		t.Fatalf("got %v, want Unauthorized", err)
	}
}

func TestServiceAccountToken(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	namespace := cp.Namespace(t)
	token, err := clientFor(t, cp.RESTConfig()).CoreV1().ServiceAccounts(namespace).
		CreateToken(t.Context(), "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config := cp.RESTConfig()
	config.CertData, config.KeyData, config.BearerToken = nil, nil, token.Status.Token
	who, err := clientFor(t, config).AuthenticationV1().SelfSubjectReviews().
		Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := who.Status.UserInfo.Username, "system:serviceaccount:"+namespace+":default"; got != want {
		t.Errorf("the token is %s's, not %s's", got, want)
	}
}

func TestKubeconfigOfAUser(t *testing.T) {
	t.Parallel()
	config, err := controlplane.ForTest(t).User("bob")
	if err != nil {
		t.Fatal(err)
	}
	content, err := controlplane.Kubeconfig(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = clientFor(t, loaded).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `User "bob"`) {
		t.Fatalf("got %v, want a refusal of bob", err)
	}
}

const denyLatest = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %[1]s}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
  - expression: object.spec.containers.all(c, !c.image.endsWith(':latest'))
    message: pin the image
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: %[1]s}
spec: {policyName: %[1]s, validationActions: [Deny]}
`

func TestValidatingAdmissionPolicyDenies(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	if _, err := cp.Kubectl(t.Context(), strings.NewReader(fmt.Sprintf(denyLatest, namespace)), "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	bad := podWith("bad", func(pod *corev1.Pod) { pod.Spec.Containers[0].Image = "example.com/server:latest" })
	eventually(t, "the policy to deny", func(ctx context.Context) error {
		dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
		_, err := client.CoreV1().Pods(namespace).Create(ctx, bad, dryRun)
		if err == nil || !strings.Contains(err.Error(), "pin the image") {
			return fmt.Errorf("got %v, want a denial", err)
		}
		return nil
	})
	create(t, client, namespace, podWith("good"))
}
