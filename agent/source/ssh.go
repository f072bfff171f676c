package source

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// shellRemote speaks Git's protocol over SSH: a connection for each
// conversation, since servers close idle ones.
type shellRemote struct {
	end    endpoint
	signer ssh.Signer
	known  *knownHosts
}

func newShellRemote(end endpoint, auth Auth) (*shellRemote, error) {
	signer, err := auth.signer()
	if err != nil {
		return nil, err
	}
	known, err := parseKnownHosts(auth.KnownHosts)
	if err != nil {
		return nil, err
	}
	return &shellRemote{end: end, signer: signer, known: known}, nil
}

func (r *shellRemote) close() {}

// connect dials, checks the host key, logs in and starts the service.
func (r *shellRemote) connect(ctx context.Context, with service) (session, error) {
	address := r.end.address()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, err := r.login(conn, address)
	if err != nil {
		conn.Close()
		return nil, err
	}
	s := &shellSession{conn: conn, client: client}
	if err := s.start(string(with) + " " + quote(homePath(r.end.path))); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// login does the handshake. The host key's verdict is kept aside, because the
// handshake's error is only text.
func (r *shellRemote) login(conn net.Conn, address string) (*ssh.Client, error) {
	var verdict error
	config := &ssh.ClientConfig{
		User: r.end.user,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(r.signer)},
		HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error {
			verdict = r.known.check(host, addr, key)
			return verdict
		},
		HostKeyAlgorithms: r.known.algorithms(address),
	}
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	switch {
	case verdict != nil:
		return nil, verdict
	case err != nil && strings.Contains(err.Error(), "unable to authenticate"):
		return nil, &Error{Kind: AuthRefused, Problem: "the server refused the SSH key " + ssh.FingerprintSHA256(r.signer.PublicKey()),
			Mend: "register this key with the server and let it read the repository"}
	case err != nil && strings.Contains(err.Error(), "no common algorithm for host key"):
		return nil, r.known.otherType(address)
	case err != nil:
		return nil, err
	}
	return ssh.NewClient(c, channels, requests), nil
}

// shellSession is one run of the service.
type shellSession struct {
	conn   net.Conn
	client *ssh.Client
	run    *ssh.Session
	in     io.WriteCloser
	out    io.Reader
	errors tail
	left   bool // the whole request was handed to the connection
}

func (s *shellSession) start(command string) (err error) {
	if s.run, err = s.client.NewSession(); err != nil {
		return err
	}
	s.run.Stderr = &s.errors
	if s.in, err = s.run.StdinPipe(); err != nil {
		return err
	}
	if s.out, err = s.run.StdoutPipe(); err != nil {
		return err
	}
	return s.run.Start(command)
}

func (s *shellSession) list(ctx context.Context) (io.ReadCloser, error) {
	return s.bound(ctx), nil
}

func (s *shellSession) send(ctx context.Context, request []byte) (io.ReadCloser, error) {
	body := s.bound(ctx)
	if _, err := s.in.Write(request); err != nil {
		err = orElse(s.broken(), err) // It says why it takes no more.
		body.Close()
		return nil, err
	}
	s.left = true
	return body, nil
}

func (s *shellSession) arrived() bool { return s.left }

// bound returns the server's output, which ends when ctx does: a blocked read
// of an SSH channel can only be ended by closing the connection.
func (s *shellSession) bound(ctx context.Context) io.ReadCloser {
	return boundReader{s.out, context.AfterFunc(ctx, func() { s.conn.Close() })}
}

type boundReader struct {
	io.Reader
	release func() bool
}

func (b boundReader) Close() error {
	b.release()
	return nil
}

// broken waits for the command to end and returns what it said in parting.
func (s *shellSession) broken() error {
	_ = s.run.Wait()
	if text := s.errors.String(); text != "" {
		return serverSaid(text)
	}
	return nil
}

// close ends the conversation. A flush packet would let the server exit
// politely, but costs a round trip that nobody needs.
func (s *shellSession) close() {
	_ = s.client.Close()
	_ = s.client.Wait()
}

// hidden reports whether a server's words mean that there is no such
// repository. Hosting services say so only in prose.
func hidden(text string) bool {
	text = strings.ToLower(text)
	for _, words := range []string{
		"repository not found", "does not appear to be a git repository", "repository does not exist",
		"no such repository", "could not be found", "access denied or repository not exported",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// homePath turns /~user/path into ~user/path, as git does.
func homePath(path string) string {
	if strings.HasPrefix(path, "/~") {
		return path[1:]
	}
	return path
}

// quote makes text one word for the server's shell, as git's sq_quote_buf.
func quote(text string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(text) + "'"
}

// maxSaid is how much is kept of what a server says for people.
const maxSaid = 4 << 10

// tail keeps the first bytes of what a server writes to its standard error.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[:min(len(p), maxSaid-len(t.text))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
