package gitserver

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// SSH says how a repository is served over SSH.
type SSH struct {
	// Passphrase locks the client's private key, if set.
	Passphrase string
	// ReadOnly refuses pushes as a forge does where the key is a read-only
	// deploy key: it is let in, and told so before git begins.
	ReadOnly bool
}

// ServeSSH serves the repository on a port of this machine. The server has a
// host key of its own and lets one key in; both are in the Front's Secret.
func (r *Repository) ServeSSH(options SSH) (*Front, error) {
	host, _, err := newKey("")
	if err != nil {
		return nil, err
	}
	client, identity, err := newKey(options.Passphrase)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := newFront("ssh://git@" + listener.Addr().String() + "/" + repoName)
	f.Secret["identity"] = identity
	f.Secret["known_hosts"] = knownhosts.Line([]string{listener.Addr().String()}, host.PublicKey()) + "\n"
	if options.Passphrase != "" {
		f.Secret["password"] = options.Passphrase
	}
	s := &shellServer{repo: r, front: f, readOnly: options.ReadOnly, config: &ssh.ServerConfig{PublicKeyCallback: only(client.PublicKey())}}
	s.config.AddHostKey(host)
	f.stop = listener.Close
	f.joined.Go(func() { s.accept(listener) })
	return r.add(f), nil
}

// newKey makes a key pair, and its private half in OpenSSH's form.
func newKey(passphrase string) (ssh.Signer, string, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", err
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		return nil, "", err
	}
	signer, err := ssh.NewSignerFromKey(key)
	return signer, string(pem.EncodeToMemory(block)), err
}

// only lets one key in.
func only(key ssh.PublicKey) func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
	return func(_ ssh.ConnMetadata, shown ssh.PublicKey) (*ssh.Permissions, error) {
		if string(shown.Marshal()) != string(key.Marshal()) {
			return nil, errors.New("not this key")
		}
		return nil, nil
	}
}

type shellServer struct {
	repo     *Repository
	front    *Front
	config   *ssh.ServerConfig
	readOnly bool
}

func (s *shellServer) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		s.front.connected()
		s.front.joined.Go(func() { s.serve(conn) })
	}
}

// serve handles one connection and joins what it starts.
func (s *shellServer) serve(conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(s.front.ctx, func() { conn.Close() })()
	server, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	var joined sync.WaitGroup
	defer joined.Wait()
	joined.Go(func() { ssh.DiscardRequests(requests) })
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := offered.Accept()
		if err == nil {
			joined.Go(func() { s.session(server, channel, requests) })
		}
	}
}

// session waits for a command and runs it.
func (s *shellServer) session(conn *ssh.ServerConn, channel ssh.Channel, requests <-chan *ssh.Request) {
	var running sync.WaitGroup
	defer running.Wait()
	for req := range requests {
		var body struct{ Command string }
		ok := req.Type == "exec" && ssh.Unmarshal(req.Payload, &body) == nil
		_ = req.Reply(ok, nil)
		if ok {
			running.Go(func() { s.run(conn, channel, body.Command) })
		}
	}
}

// run runs git-upload-pack or git-receive-pack, subject to the fault. It
// returns when the client has left.
func (s *shellServer) run(conn *ssh.ServerConn, channel ssh.Channel, command string) {
	name, path, _ := strings.Cut(command, " ")
	fault, count := s.front.begin(name)
	ctx, cancel := context.WithCancel(s.front.ctx)
	defer cancel()
	var joined sync.WaitGroup
	defer joined.Wait()
	joined.Go(func() { _ = conn.Wait(); cancel() })
	if fault.Kind == Refuse {
		_ = conn.Close()
	}
	if fault.Kind == Refuse || fault.Kind == Hang {
		return
	}
	in, feed := io.Pipe()
	joined.Go(func() {
		_, err := io.Copy(feed, fault.reader(channel))
		if errors.Is(err, errCut) {
			cancel()
			_ = conn.Close()
		}
		_ = feed.CloseWithError(err)
	})
	out := closing{fault.writer(ctx, channel, count), conn}
	status := s.exec(ctx, in, channel.Stderr(), name, path, out)
	_ = in.Close()
	if fault.Kind == Truncate || fault.Kind == Swallow || fault.Kind == CutRequest {
		_ = conn.Close()
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	_ = channel.Close()
}

// closing closes the connection where an answer is cut: git may be waiting for
// the client, and the client for git.
type closing struct {
	io.Writer
	conn *ssh.ServerConn
}

func (c closing) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if errors.Is(err, errCut) {
		_ = c.conn.Close()
	}
	return n, err
}

func (s *shellServer) exec(ctx context.Context, in io.Reader, complaints io.Writer, name, path string, out io.Writer) uint32 {
	path = strings.Trim(path, "'")
	if path != "/"+repoName || name != "git-upload-pack" && name != receivePack {
		_, _ = io.WriteString(complaints, "fatal: '"+path+"' does not appear to be a git repository\n")
		return 128
	}
	if s.readOnly && name == receivePack {
		_, _ = io.WriteString(complaints, "ERROR: The key you are authenticating with has been marked as read only.\n")
		return 1
	}
	cmd := exec.CommandContext(ctx, s.repo.git, strings.TrimPrefix(name, "git-"), s.repo.Dir())
	cmd.Env = s.repo.env()
	cmd.Stdout, cmd.Stderr = out, complaints
	stdin, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return 128
	}
	go func() { _, _ = io.Copy(stdin, in); _ = stdin.Close() }() // ends with in, which our caller closes
	if cmd.Wait() != nil {
		return 1
	}
	return 0
}
