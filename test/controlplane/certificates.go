package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// lifetime is longer than any test or demo; nothing here is ever renewed.
const lifetime = 30 * 24 * time.Hour

// An authority signs certificates. Its key lives only as long as this process,
// except where a server needs it in a file.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

// newAuthority makes a self-signed authority.
func newAuthority(name string) (*authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(pkix.Name{CommonName: name})
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, doing("signing the authority "+name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, doing("reading the authority "+name, err)
	}
	return &authority{certificate: certificate, key: key, pem: encode("CERTIFICATE", der)}, nil
}

// A keyPair is a certificate and its key, as PEM.
type keyPair struct{ certificate, key []byte }

// client issues the certificate of a user: the API server reads the user's name
// from the common name, and the groups from the organisations.
func (a *authority) client(user string, groups ...string) (keyPair, error) {
	return a.issue(pkix.Name{CommonName: user, Organization: groups}, x509.ExtKeyUsageClientAuth)
}

// server issues the certificate of a server on this machine. Etcd shows the same
// certificate to its peers as a client.
func (a *authority) server(name string, hosts ...string) (keyPair, error) {
	return a.issue(pkix.Name{CommonName: name}, x509.ExtKeyUsageServerAuth, hosts...)
}

func (a *authority) issue(subject pkix.Name, usage x509.ExtKeyUsage, hosts ...string) (keyPair, error) {
	key, err := newKey()
	if err != nil {
		return keyPair{}, err
	}
	template, err := newTemplate(subject)
	if err != nil {
		return keyPair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{usage, x509.ExtKeyUsageClientAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return keyPair{}, doing("signing the certificate of "+subject.CommonName, err)
	}
	keyPEM, err := encodeKey(key)
	return keyPair{certificate: encode("CERTIFICATE", der), key: keyPEM}, err
}

func newTemplate(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, doing("choosing a serial number", err)
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-time.Minute), // the clock may be set back a little
		NotAfter:     now.Add(lifetime),
	}, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return key, doing("making a key", err)
}

// encodeKey uses the old form, out of which the API server can also read the
// public half.
func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	return encode("EC PRIVATE KEY", der), doing("encoding a key", err)
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// write puts the pair into dir as <name>.crt and <name>.key.
func (p keyPair) write(dir, name string) error {
	if err := writeSecret(filepath.Join(dir, name+".crt"), p.certificate); err != nil {
		return err
	}
	return writeSecret(filepath.Join(dir, name+".key"), p.key)
}

// writeSecret writes what only this user may read.
func writeSecret(path string, content []byte) error {
	return doing(fmt.Sprintf("writing %s", filepath.Base(path)), os.WriteFile(path, content, 0o600))
}
