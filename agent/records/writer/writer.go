package writer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Repository is where records are written: a *source.Repository.
type Repository interface {
	records.Reader
	Poll(ctx context.Context) (*source.Snapshot, error)
	Tip(branch string) string
	Problem(branch string) error
	Push(ctx context.Context, branch, old, new string, objects ...source.Object) error
}

// Config is what a Writer needs to know.
type Config struct {
	Journal    *journal.Journal
	Repository Repository
	// KeyDir is a mounted Secret with the key that signs: see source.LoadAuth. It is read again for every commit.
	KeyDir string
	// Keys are those that may sign the records of an environment, as its environment.yaml has them; nil when it says nothing,
	// and then only the Writer's own key may.
	Keys func(environment string) []v1alpha1.RecordKey
	// Heads are where an earlier agent left the branches. A branch that does not contain its head was rewritten, and nothing
	// is added to it.
	Heads map[string]records.Head
	// Wrote is told how many facts a commit brought; it may be nil.
	Wrote func(facts int)
	// Log takes a line for each commit.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Writer writes the records of the environments of one agent. All methods may be called at the same time.
type Writer struct {
	config Config

	writing sync.Mutex // one branch is written at a time
	ends    map[string]*end

	mu       sync.Mutex
	heads    map[string]records.Head
	problems map[string]error
}

// end is what is known of the end of a branch.
type end struct {
	keys   string // digest of the keys that it was verified with
	ledger *records.Ledger
}

// ErrNoKey is the error of Flush when there is no key to sign with.
var ErrNoKey = errors.New("there is no key to sign with, so the records stay in the cluster: make one with ssh-keygen -t ed25519, " +
	"give it to the agent as the Secret of --records-key-dir, under identity, and list its public key under spec.records.keys of environment.yaml")

// New makes a Writer.
func New(config Config) *Writer {
	w := &Writer{config: config, ends: map[string]*end{}, heads: map[string]records.Head{}, problems: map[string]error{}}
	for environment, head := range config.Heads {
		w.heads[environment] = head
	}
	return w
}

// Flush writes what is pending of an environment. What it could not write stays pending, and the error says why.
func (w *Writer) Flush(ctx context.Context, environment string) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	pending := w.config.Journal.Pending(environment)
	if len(pending) == 0 {
		return nil
	}
	err := w.flush(ctx, environment, pending)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("writing the records of %s: %w", environment, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.problems[environment] = err; err == nil {
		delete(w.problems, environment)
	}
	return err
}

// maxTries bounds how often a commit is made anew because somebody else pushed first.
const maxTries = 5

func (w *Writer) flush(ctx context.Context, environment string, pending []journal.Entry) error {
	signer, err := w.signer()
	if err != nil {
		return err
	}
	keys, err := w.keys(environment, signer.PublicKey())
	if err != nil {
		return err
	}
	var facts []records.Fact
	for _, entry := range pending {
		facts = append(facts, entry.Facts...)
	}
	for try := 1; len(facts) > 0; {
		rest, err := w.commit(ctx, environment, keys, signer, facts)
		switch {
		case err == nil:
			facts = rest
		case try < maxTries && wasOvertaken(err) && ctx.Err() == nil:
			try++
			if _, err := w.config.Repository.Poll(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return w.config.Journal.Drop(ctx, pending...)
}

// wasOvertaken says whether the branch may be another one than was thought.
func wasOvertaken(err error) bool {
	var failed *source.Error
	return errors.As(err, &failed) && (failed.Kind == source.PushOvertaken || failed.Kind == source.PushUnknown)
}

// signer reads the key.
func (w *Writer) signer() (ssh.Signer, error) {
	if w.config.KeyDir == "" {
		return nil, ErrNoKey
	}
	auth, err := source.LoadAuth(w.config.KeyDir)
	if err != nil {
		return nil, fmt.Errorf("reading the key that signs records: %w", err)
	}
	signer, err := auth.Signer()
	if err != nil {
		return nil, fmt.Errorf("reading the key that signs records: %w", err)
	}
	if signer == nil {
		return nil, ErrNoKey
	}
	return signer, nil
}

// keys are those that may sign the records of an environment. The Writer's own has to be one of them: nobody would believe
// what another one signs.
func (w *Writer) keys(environment string, own ssh.PublicKey) (*records.Keys, error) {
	listed := w.config.Keys(environment)
	if listed == nil {
		listed = []v1alpha1.RecordKey{{PublicKey: string(ssh.MarshalAuthorizedKey(own))}}
	}
	keys, problems := records.NewKeys(environment, listed)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := keys.Allows(own, w.config.Now()); err != nil {
		return nil, err
	}
	w.reverify(environment, digestOf(listed))
	return keys, nil
}

// reverify forgets what was verified with other keys.
func (w *Writer) reverify(environment, keys string) {
	if known := w.ends[environment]; known != nil && known.keys == keys {
		return
	}
	w.ends[environment] = &end{keys: keys}
}

func digestOf(keys []v1alpha1.RecordKey) string {
	content, _ := json.Marshal(keys) // text and times
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
