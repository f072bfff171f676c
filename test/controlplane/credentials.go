package controlplane

import "path/filepath"

// credentials are the authorities of one control plane, and where it keeps
// what they have signed.
type credentials struct {
	dir     string
	cluster *authority // clients and servers of the API
	etcd    *authority // a separate one: no user of the API may talk to etcd
}

// newCredentials makes the authorities and everything that the servers read
// from files.
func newCredentials(dir string) (*credentials, error) {
	cluster, err := newAuthority("penstock-test-cluster")
	if err != nil {
		return nil, err
	}
	etcd, err := newAuthority("penstock-test-etcd")
	if err != nil {
		return nil, err
	}
	c := &credentials{dir: dir, cluster: cluster, etcd: etcd}
	for _, write := range []func() error{c.writeAuthorities, c.writeServers, c.writeServiceAccountKey} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// path is where a file of this name lies.
func (c *credentials) path(name string) string { return filepath.Join(c.dir, name) }

// writeAuthorities includes the cluster's key: the controller manager signs
// CertificateSigningRequests with it.
func (c *credentials) writeAuthorities() error {
	key, err := encodeKey(c.cluster.key)
	if err != nil {
		return err
	}
	if err := (keyPair{c.cluster.pem, key}).write(c.dir, "ca"); err != nil {
		return err
	}
	return writeSecret(c.path("etcd-ca.crt"), c.etcd.pem)
}

func (c *credentials) writeServers() error {
	local := []string{"127.0.0.1", "localhost"}
	api, err := c.cluster.server("kube-apiserver", append(local, serviceIP, "kubernetes", "kubernetes.default", "kubernetes.default.svc")...)
	if err != nil {
		return err
	}
	etcd, err := c.etcd.server("etcd", local...)
	if err != nil {
		return err
	}
	client, err := c.etcd.client("kube-apiserver")
	if err != nil {
		return err
	}
	for name, pair := range map[string]keyPair{"apiserver": api, "etcd": etcd, "etcd-client": client} {
		if err := pair.write(c.dir, name); err != nil {
			return err
		}
	}
	return nil
}

// writeServiceAccountKey makes the key that signs service accounts' tokens.
func (c *credentials) writeServiceAccountKey() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	return writeSecret(c.path("service-account.key"), private)
}
