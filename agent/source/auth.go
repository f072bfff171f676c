package source

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Auth is what a server wants to see and what it must show. The zero value is
// anonymous.
type Auth struct {
	Username    string // username: for basic authentication
	Password    string // password: for basic authentication, or the passphrase of Identity
	BearerToken string // bearerToken: for bearer authentication
	Identity    []byte // identity: a private SSH key
	KnownHosts  []byte // known_hosts: the SSH host keys to accept
	CA          []byte // ca.crt: certificates to trust beside the system's
}

// maxSecretFile bounds one file of a Secret, as Kubernetes bounds all of it.
const maxSecretFile = 1 << 20

// LoadAuth reads a directory laid out as Kubernetes mounts a Secret: one file
// a field, named as in the comments of Auth (the names that Flux uses). No dir
// is anonymous, and so is one with nothing in it: that is how an optional
// Secret that does not exist is mounted.
func LoadAuth(dir string) (Auth, error) {
	if dir == "" {
		return Auth{}, nil
	}
	dir = settle(dir)
	if _, err := os.Stat(dir); err != nil {
		return Auth{}, invalid("the Secret cannot be read: "+reason(err), "mount it, or configure no Secret")
	}
	r := secretReader{dir: dir}
	auth := Auth{
		Username:    r.line("username"),
		Password:    r.line("password"),
		BearerToken: r.line("bearerToken"),
		Identity:    r.file("identity"),
		KnownHosts:  r.file("known_hosts"),
		CA:          r.file("ca.crt"),
	}
	if r.err == nil && r.found == 0 && !empty(dir) {
		r.err = invalid("the Secret has none of the fields username, password, bearerToken, identity, known_hosts, ca.crt",
			"rename its fields, or configure no Secret")
	}
	return auth, r.err
}

func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// settle returns the one generation of a mounted Secret that is current, so
// that a rotation cannot mix an old username with a new password: kubelet
// swaps the link ..data and leaves the directories behind it alone.
func settle(dir string) string {
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "..data")); err == nil {
		return real
	}
	return dir
}

// secretReader reads fields until one fails.
type secretReader struct {
	dir   string
	found int
	err   error
}

// file returns a field as it is, or nil if the Secret does not have it.
func (r *secretReader) file(name string) []byte {
	path := filepath.Join(r.dir, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || r.err != nil {
		return nil
	}
	var data []byte
	switch {
	case err == nil && info.Size() > maxSecretFile:
		err = errors.New("it is larger than 1 MiB")
	case err == nil:
		data, err = os.ReadFile(path)
	}
	if err != nil {
		r.err = invalid(fmt.Sprintf("the Secret's field %s cannot be read: %s", name, reason(err)), "mend the Secret")
	}
	r.found++
	return data
}

// line returns a field without the newline that editors and shells leave at
// its end, and refuses one that would break a header.
func (r *secretReader) line(name string) string {
	text := strings.TrimRight(string(r.file(name)), "\r\n")
	if strings.ContainsFunc(text, isControl) && r.err == nil {
		r.err = invalid(fmt.Sprintf("the Secret's field %s holds a control character", name), "store it as one line of text")
	}
	return text
}

// check refuses credentials that do not fit the endpoint or each other.
func (a Auth) check(end endpoint) error {
	if end.scheme == "ssh" {
		return a.checkSSH()
	}
	basic := a.Username != "" || a.Password != ""
	switch {
	case basic && a.BearerToken != "":
		return invalid("the Secret holds both a bearerToken and a username or password", "keep the one that the server expects")
	case basic && (a.Username == "" || a.Password == ""):
		return invalid("the Secret holds only one of username and password", "add the other; most servers take any username with a token")
	case len(a.CA) > 0 && !x509.NewCertPool().AppendCertsFromPEM(a.CA):
		return invalid("the Secret's field ca.crt holds no certificate", "store the CA's certificate in PEM form")
	case strings.Contains(a.Username, ":"):
		return invalid("the Secret's username holds a colon", "HTTP basic authentication cannot express it")
	}
	return nil
}

func (a Auth) checkSSH() error {
	if len(a.KnownHosts) == 0 {
		return invalid("the Secret has no known_hosts, without which the server cannot be recognised",
			"add the output of ssh-keyscan, after comparing it with the fingerprint that the server's operator publishes")
	}
	if len(a.Identity) == 0 {
		return invalid("the Secret has no identity to log in with", "add the private key under identity")
	}
	return nil // Whether they can be parsed is known when the remote is made.
}

// signer returns the private key, unlocked with the password if it has one.
func (a Auth) signer() (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(a.Identity)
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		return signer, keyFault(err, "store a private key in PEM or OpenSSH form under identity")
	}
	if a.Password == "" {
		return nil, invalid("the private key is locked with a passphrase", "store the passphrase under password")
	}
	signer, err = ssh.ParsePrivateKeyWithPassphrase(a.Identity, []byte(a.Password))
	return signer, keyFault(err, "store the right passphrase under password")
}

// keyFault hides the parser's own words, which may quote the key.
func keyFault(err error, mend string) error {
	if err == nil {
		return nil
	}
	return invalid("the private key in the Secret's field identity cannot be read", mend)
}

// authorize adds the credentials to an HTTP request.
func (a Auth) authorize(req *http.Request) {
	switch {
	case a.BearerToken != "":
		req.Header.Set("Authorization", "Bearer "+a.BearerToken)
	case a.Username != "":
		req.SetBasicAuth(a.Username, a.Password)
	}
}

// anonymous reports whether HTTP requests carry no credentials.
func (a Auth) anonymous() bool { return a.BearerToken == "" && a.Username == "" }

// reason returns an error without the path that *fs.PathError puts before it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
