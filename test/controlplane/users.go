package controlplane

import (
	"net"
	"strconv"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// admins is the group that RBAC lets do everything.
const admins = "system:masters"

// RESTConfig is how the administrator reaches the API server. It is a copy, and
// not throttled on the client's side.
func (c *ControlPlane) RESTConfig() *rest.Config { return rest.CopyConfig(c.admin) }

// KubeconfigPath is the administrator's kubeconfig file.
func (c *ControlPlane) KubeconfigPath() string { return c.credentials.path("admin.kubeconfig") }

// User is how another user reaches the API server: by a client certificate of
// this name and in these groups. RBAC gives it no rights that a test does not.
func (c *ControlPlane) User(name string, groups ...string) (*rest.Config, error) {
	return c.credentials.restConfig(c.apiPort, name, groups...)
}

// Kubeconfig is config as the content of a kubeconfig file.
func Kubeconfig(config *rest.Config) ([]byte, error) {
	const name = "penstock-test"
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{name: {
			Server:                   config.Host,
			CertificateAuthorityData: config.CAData,
		}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{name: {
			ClientCertificateData: config.CertData,
			ClientKeyData:         config.KeyData,
			Token:                 config.BearerToken,
		}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	})
	return content, doing("encoding a kubeconfig", err)
}

// restConfig issues a certificate to a user.
func (c *credentials) restConfig(port int, user string, groups ...string) (*rest.Config, error) {
	pair, err := c.cluster.client(user, groups...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host: "https://" + localAddress(port),
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   c.cluster.pem,
			CertData: pair.certificate,
			KeyData:  pair.key,
		},
		QPS: -1, // the API server's own fairness is what tests should meet
	}, nil
}

// writeKubeconfig issues a certificate to a user and writes it to
// <name>.kubeconfig.
func (c *credentials) writeKubeconfig(name string, port int, user string, groups ...string) (*rest.Config, error) {
	config, err := c.restConfig(port, user, groups...)
	if err != nil {
		return nil, err
	}
	content, err := Kubeconfig(config)
	if err != nil {
		return nil, err
	}
	return config, writeSecret(c.path(name+".kubeconfig"), content)
}

func localAddress(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
