package controlplane

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

const (
	serviceRange = "10.96.0.0/16"
	serviceIP    = "10.96.0.1" // the first of the range: the API server's own Service
	issuer       = "https://kubernetes.default.svc.cluster.local"
)

//go:embed audit_policy.yaml
var auditPolicy []byte

// newAPIServer starts the first API server, on a free port.
func (c *ControlPlane) newAPIServer(ctx context.Context) error {
	if err := writeSecret(c.credentials.path("audit-policy.yaml"), auditPolicy); err != nil {
		return err
	}
	return onFreePorts(1, func(ports []int) error {
		c.apiPort = ports[0]
		admin, err := c.credentials.writeKubeconfig("admin", c.apiPort, "penstock-test-admin", admins)
		if err != nil {
			return err
		}
		c.admin = admin
		return c.StartAPIServer(ctx)
	})
}

// StartAPIServer brings the API server back on the port that it had, and waits
// until it is ready.
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	if p := c.find(apiServer); p != nil && p.running() {
		return errors.New("control plane: the API server is already running; call StopAPIServer first")
	}
	p, err := c.start(command{name: apiServer, binary: c.binaries.ControlPlane, args: c.apiServerArgs(), grace: apiServerGrace})
	if err != nil {
		return err
	}
	return await(ctx, "the API server to be ready", []*process{p}, c.apiServerReady)
}

// StopAPIServer takes the API server down, and lets everything else run: etcd
// keeps the data, and StartAPIServer brings the server back.
func (c *ControlPlane) StopAPIServer() error {
	if p := c.find(apiServer); p != nil {
		return p.stop()
	}
	return nil
}

// apiServerGrace is short: an API server waits up to a minute for watches to
// end, and the watches of clients that do not stop never do.
const apiServerGrace = time.Second

// apiServerReady asks for readiness over a new connection, as a client would
// that has not been told of a restart.
func (c *ControlPlane) apiServerReady(ctx context.Context) error {
	tls, err := rest.TLSConfigFor(c.admin)
	if err != nil {
		return fmt.Errorf("reading the administrator's certificate: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: tls, DisableKeepAlives: true}}
	return get(ctx, client, c.admin.Host+"/readyz")
}

func (c *ControlPlane) apiServerArgs() []string {
	file := c.credentials.path
	return []string{
		"--etcd-servers=https://" + localAddress(c.etcdPort),
		"--etcd-cafile=" + file("etcd-ca.crt"),
		"--etcd-certfile=" + file("etcd-client.crt"), "--etcd-keyfile=" + file("etcd-client.key"),
		"--bind-address=127.0.0.1", flag("secure-port", c.apiPort),
		// The addresses of real API servers may not be loopback, so this one is
		// not made an endpoint of the Service kubernetes.default.
		"--endpoint-reconciler-type=none",
		"--tls-cert-file=" + file("apiserver.crt"), "--tls-private-key-file=" + file("apiserver.key"),
		"--client-ca-file=" + file("ca.crt"),
		"--service-account-issuer=" + issuer,
		"--service-account-key-file=" + file("service-account.key"),
		"--service-account-signing-key-file=" + file("service-account.key"),
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=Node,RBAC", "--anonymous-auth=false",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged",
		"--profiling=false",
		"--audit-policy-file=" + file("audit-policy.yaml"),
		// Blocking, so that a request that was answered is in the log.
		"--audit-log-path=" + c.auditLog(), "--audit-log-mode=blocking",
		"--audit-log-maxsize=1000",
	}
}
