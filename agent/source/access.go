package source

import (
	"context"
	"reflect"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// access is a way to the server, with credentials that may change. Reading and
// writing have one each, so that a push that hangs holds no poll.
type access struct {
	end    endpoint
	dir    string // of the Secret
	auth   Auth   // as it was read last
	remote remote // made from auth
}

// load reads the Secret and makes a new remote if it has changed.
func (a *access) load() error {
	auth, err := LoadAuth(a.dir)
	if err != nil {
		return err
	}
	if a.remote != nil && reflect.DeepEqual(auth, a.auth) {
		return nil
	}
	if err := auth.check(a.end); err != nil {
		return err
	}
	made, err := newRemote(a.end, auth)
	if err != nil {
		return err
	}
	a.close()
	a.auth, a.remote = auth, made
	return nil
}

func newRemote(end endpoint, auth Auth) (remote, error) {
	if end.scheme == "ssh" {
		return newShellRemote(end, auth)
	}
	return newWebRemote(end, auth), nil
}

// close drops connections.
func (a *access) close() {
	if a.remote != nil {
		a.remote.close()
	}
}

// conversation is a session, and the refs that the server told in it.
type conversation struct {
	session
	refs *packp.AdvRefs
}

// converse connects and asks for the refs, within the limit of time.
func (a *access) converse(ctx context.Context, with service, limit time.Duration) (*conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, err := a.remote.connect(ctx, with)
	if err != nil {
		return nil, ended(ctx, err, "no answer within %s", limit)
	}
	refs, err := listRefs(ctx, s)
	if with == receivePack && KindOf(err) == RepositoryEmpty {
		err = nil // The first branch can be pushed to it.
	}
	if err != nil {
		s.close()
		return nil, ended(ctx, err, "no complete list of refs within %s", limit)
	}
	return &conversation{session: s, refs: refs}, nil
}
