package source

import (
	"cmp"
	"log/slog"
	"regexp"
	"time"
)

// Limits that hold unless [Config] says otherwise.
const (
	DefaultBranch       = "main"
	DefaultTimeout      = 30 * time.Second
	DefaultFetchTimeout = 10 * time.Minute
	DefaultMaxSize      = 1 << 30
	DefaultMaxFileSize  = 1 << 20
)

// Config says what to follow, and within which limits. URL and Dir are
// required.
type Config struct {
	// URL of the repository: https://host/path or ssh://git@host/path. It
	// holds no credentials; those are in AuthDir.
	URL string
	// Branch to follow, without refs/heads/. DefaultBranch if empty.
	Branch string
	// Dir holds the cache. It is created if missing, may be deleted at any
	// time, and belongs to one Repository alone.
	Dir string
	// AuthDir is a mounted Secret, read again at every poll: see LoadAuth.
	// Empty means anonymous.
	AuthDir string
	// PushAuthDir is a mounted Secret to push with, read again at every push,
	// so that reading and writing can have different rights. AuthDir if empty.
	PushAuthDir string

	// LastCommit is the commit that was accepted last, if the caller knows
	// it from somewhere more durable than Dir. A branch whose history does
	// not contain it is refused as a rewind.
	LastCommit string
	// AllowInsecure permits http:// to hosts other than this machine.
	AllowInsecure bool

	// Timeout bounds one ref listing, with its connection and handshakes.
	Timeout time.Duration
	// FetchTimeout bounds one fetch.
	FetchTimeout time.Duration
	// MaxSize bounds the store, in bytes as the server packs it.
	MaxSize int64
	// MaxFileSize bounds a file that can be read from a Snapshot.
	MaxFileSize int64

	// Logger gets a line for each fetch and each repair. May be nil.
	Logger *slog.Logger
}

// withDefaults returns c with every unset limit at its default.
func (c Config) withDefaults() Config {
	c.Branch = cmp.Or(c.Branch, DefaultBranch)
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, DefaultFetchTimeout)
	c.MaxSize = cmp.Or(c.MaxSize, DefaultMaxSize)
	c.MaxFileSize = cmp.Or(c.MaxFileSize, DefaultMaxFileSize)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

var fullHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// check refuses a configuration that could not work or should not, before
// anything is contacted. It is the only place that does.
func (c Config) check() (endpoint, error) {
	end, err := parseURL(c.URL, c.AllowInsecure)
	if err != nil {
		return endpoint{}, err
	}
	if err := checkBranch(c.Branch); err != nil {
		return endpoint{}, err
	}
	if c.Dir == "" {
		return endpoint{}, invalid("no directory is given for the cache", "set Dir to a directory that the agent may write")
	}
	if c.LastCommit != "" && !fullHash.MatchString(c.LastCommit) {
		return endpoint{}, invalid("the last commit is not a full commit id", "give all 40 hexadecimal digits, in lower case")
	}
	if c.Timeout < 0 || c.FetchTimeout < 0 || c.MaxSize < 0 || c.MaxFileSize < 0 {
		return endpoint{}, invalid("a limit is negative", "leave it zero for its default")
	}
	return end, nil
}
