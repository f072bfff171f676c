package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strconv"
)

// startEtcd starts etcd on free ports and waits until it is healthy.
func (c *ControlPlane) startEtcd(ctx context.Context) error {
	client, err := c.credentials.etcdClient()
	if err != nil {
		return err
	}
	return onFreePorts(2, func(ports []int) error {
		c.etcdPort = ports[0]
		url := "https://" + localAddress(c.etcdPort)
		etcd, err := c.start(command{name: "etcd", binary: c.binaries.ControlPlane, args: c.etcdArgs(url, ports[1])})
		if err != nil {
			return err
		}
		return await(ctx, "etcd to be healthy", []*process{etcd}, func(ctx context.Context) error {
			return get(ctx, client, url+"/health")
		})
	})
}

func (c *ControlPlane) etcdArgs(url string, peerPort int) []string {
	peer := "https://" + localAddress(peerPort)
	file := c.credentials.path
	return []string{
		"--name=penstock", "--data-dir=" + file("etcd"), "--log-level=warn",
		"--unsafe-no-fsync", // the data never outlives the processes
		"--listen-client-urls=" + url, "--advertise-client-urls=" + url,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=penstock=" + peer,
		"--cert-file=" + file("etcd.crt"), "--key-file=" + file("etcd.key"),
		"--trusted-ca-file=" + file("etcd-ca.crt"), "--client-cert-auth",
		"--peer-cert-file=" + file("etcd.crt"), "--peer-key-file=" + file("etcd.key"),
		"--peer-trusted-ca-file=" + file("etcd-ca.crt"), "--peer-client-cert-auth",
	}
}

// etcdClient is an HTTP client that etcd lets in.
func (c *credentials) etcdClient() (*http.Client, error) {
	certificate, err := tls.LoadX509KeyPair(c.path("etcd-client.crt"), c.path("etcd-client.key"))
	if err != nil {
		return nil, doing("reading etcd's client certificate", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.etcd.certificate)
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots},
	}}, nil
}

// get asks for url, and is content with nothing but a 200.
func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// onFreePorts calls start with n free ports, and with others if somebody else
// was quicker to take one.
func onFreePorts(n int, start func(ports []int) error) error {
	for attempt := 1; ; attempt++ {
		ports, err := freePorts(n)
		if err != nil {
			return err
		}
		err = start(ports)
		if err == nil || attempt == 5 || !portTaken(err) {
			return err
		}
	}
}

func flag(name string, value int) string { return "--" + name + "=" + strconv.Itoa(value) }
