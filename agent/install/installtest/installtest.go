// Package installtest puts the agent's manifests into a test's control plane, and gives tests the very rights
// that the agent has in a cluster.
package installtest

import (
	"bytes"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/test/controlplane"
)

// Apply prints the manifests and has kubectl apply them, as an admin would. It returns what kubectl says.
func Apply(t controlplane.TB, cp *controlplane.ControlPlane, options install.Options) string {
	t.Helper()
	manifests, err := install.Manifests(options)
	if err != nil {
		t.Fatalf("printing the manifests: %v", err)
	}
	said, err := cp.Kubectl(t.Context(), bytes.NewReader(manifests), "apply", "--validate=strict", "-f", "-")
	if err != nil {
		t.Fatalf("applying the manifests: %v", err)
	}
	return said
}

// ServiceAccountConfig reaches the API server as a service account, with a token as its pods get one.
func ServiceAccountConfig(t controlplane.TB, cp *controlplane.ControlPlane, namespace, name string) *rest.Config {
	t.Helper()
	config, err := serviceAccountConfig(t, cp, namespace, name)
	if err != nil {
		t.Fatalf("becoming the service account %s/%s: %v", namespace, name, err)
	}
	return config
}

func serviceAccountConfig(t controlplane.TB, cp *controlplane.ControlPlane, namespace, name string) (*rest.Config, error) {
	config := cp.RESTConfig()
	admin, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	token, err := admin.CoreV1().ServiceAccounts(namespace).
		CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	own := rest.AnonymousClientConfig(config)
	own.QPS, own.BearerToken = config.QPS, token.Status.Token
	return own, nil
}
