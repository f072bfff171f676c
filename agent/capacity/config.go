package capacity

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Defaults of Config.
const (
	DefaultSettle = time.Second
	DefaultRetry  = 5 * time.Minute
)

// Config is what a Watch needs. Only REST has no default.
type Config struct {
	// REST says which API server, and as whom. It is copied, never changed.
	REST *rest.Config
	// Version of Penstock, for the user agent; "dev" unless told.
	Version string
	// Log takes a line when a right is missing, and when it is there again; slog's default unless told.
	Log *slog.Logger
	// OnChange is called, never twice at once, after something changed that bears on where pods can run: a node
	// or its size, labels, taints and readiness, a pod that was bound or is gone, a device. It is called too when
	// Fleet begins or ceases to know, and when Problem changes. It may call any method but Close.
	OnChange func()
	// Settle is how long changes are gathered before OnChange is called; one second unless told.
	Settle time.Duration
	// Retry is the time between two requests for what the API server forbids; five minutes unless told.
	Retry time.Duration
}

func (c Config) withDefaults() Config {
	c.Log = cmp.Or(c.Log, slog.Default())
	c.Settle = cmp.Or(c.Settle, DefaultSettle)
	c.Retry = cmp.Or(c.Retry, DefaultRetry)
	if c.OnChange == nil {
		c.OnChange = func() {}
	}
	return c
}

// client speaks protobuf, which takes the API server and the agent less work than JSON.
func (c Config) client() (kubernetes.Interface, error) {
	if c.REST == nil {
		return nil, errors.New("capacity: watching the nodes needs a cluster")
	}
	cfg := rest.CopyConfig(c.REST)
	cfg.ContentType = runtime.ContentTypeProtobuf
	cfg.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	cfg.UserAgent = "penstock/" + cmp.Or(c.Version, "dev")
	cfg.WarningHandler, cfg.WarningHandlerWithContext = nil, rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("capacity: making a client to watch the nodes with: %w", err)
	}
	return client, nil
}
