package agent

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
)

// Defaults of Config.
const (
	DefaultSchedule    = "@every 30s"
	DefaultPath        = "environments"
	DefaultConcurrency = 4
	DefaultName        = "penstock"
)

// Config is what an agent needs to know. Source and Cluster have no default.
type Config struct {
	// Source is the repository to follow.
	Source source.Config
	// Path is the directory of the environments in the repository; "environments" unless told.
	Path string
	// Policies and Trust are the directories of the policies and of the trusted keys; "policies" and "trust" unless told.
	Policies, Trust string
	// TrustDigest is that of the file of trusted keys as the admin knows it; the agent starts with no other. Afterwards
	// the keys in force judge each change. Empty trusts the file that is there first.
	TrustDigest string
	// Environments are the names of those that this agent serves; all of them when empty.
	Environments []string
	// Schedule is when to poll, as robfig/cron reads it: five fields, or @every with a duration.
	// "@every 30s" unless told.
	Schedule string
	// Cluster is the API server to apply to.
	Cluster *rest.Config
	// Namespace is where the agent itself lives: its lease and its state are kept there.
	Namespace string
	// Name of the lease and of the state; "penstock" unless told. Agents that serve different environments
	// from one namespace have different names.
	Name string
	// Identity tells this agent from its replicas in the lease, such as the pod's name.
	Identity string
	// NoLeaderElection starts the agent at once; only where no second one can run.
	NoLeaderElection bool
	// NoFleet leaves out the watch of the cluster's nodes and pods. Then rollouts never count on a spare GPU,
	// and nothing is said about room before a unit is applied.
	NoFleet bool
	// NoRecords leaves out the records of what the agent does, in the cluster and in Git.
	NoRecords bool
	// RecordsKeyDir is a mounted Secret with the SSH key that signs the records: identity, and password if it is locked.
	// It is read again whenever something is to be signed. Without one the records stay in the cluster.
	RecordsKeyDir string
	// Forge is where the agent opens pull requests for promotions and rollbacks; there are branches alone without one. Its
	// TokenFile may come later.
	Forge *forge.Config
	// Concurrency is how many units are applied at the same time; 4 unless told.
	Concurrency int
	// Address serves /healthz, /readyz and /metrics; nothing is served when it is empty.
	Address string
	// Backoff bounds the time between two tries of a unit that failed.
	Backoff Backoff
	// Image of Penstock, which hands on the results of evaluations that are files. Without it such evaluations wait.
	Image string
	// Version of penstock, for the user agent.
	Version string
	// Log takes the agent's log lines; slog's default unless told.
	Log *slog.Logger
}

// Backoff bounds the time between two tries of a unit that failed. It doubles from Min to Max, and each
// wait is lengthened by up to a fifth at random, so that units that failed together do not return together.
type Backoff struct {
	// Min is the first wait; one second unless told.
	Min time.Duration
	// Max is the longest wait; ten minutes unless told.
	Max time.Duration
}

func (c Config) withDefaults() Config {
	c.Path = cmp.Or(c.Path, DefaultPath)
	c.Source.Branch = cmp.Or(c.Source.Branch, source.DefaultBranch)
	c.Schedule = cmp.Or(c.Schedule, DefaultSchedule)
	c.Name = cmp.Or(c.Name, DefaultName)
	c.Concurrency = cmp.Or(c.Concurrency, DefaultConcurrency)
	c.Backoff.Min = cmp.Or(c.Backoff.Min, time.Second)
	c.Backoff.Max = cmp.Or(c.Backoff.Max, 10*time.Minute)
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// layout is where the agent looks in the repository.
func (c Config) layout() gate.Layout {
	return gate.Layout{Environments: c.Path, Policies: c.Policies, Trust: c.Trust}.WithDefaults()
}

func (c Config) check() error {
	if c.Cluster == nil {
		return errors.New("agent: no cluster is configured; give a kubeconfig, or run it in a pod with a service account")
	}
	if c.Namespace == "" {
		return errors.New("agent: its own namespace is not known; give --namespace or set POD_NAMESPACE")
	}
	if c.Identity == "" && !c.NoLeaderElection {
		return errors.New("agent: its identity for leader election is not known; set POD_NAME or a hostname")
	}
	if c.Concurrency < 1 {
		return fmt.Errorf("agent: concurrency is %d; it must be at least 1", c.Concurrency)
	}
	if c.Backoff.Min > c.Backoff.Max {
		return fmt.Errorf("agent: the first backoff, %s, is longer than the longest, %s", c.Backoff.Min, c.Backoff.Max)
	}
	_, err := ParseSchedule(c.Schedule)
	return err
}

// ParseSchedule reads a schedule as robfig/cron does: five fields, or a descriptor such as @hourly or
// @every 30s.
func ParseSchedule(spec string) (cron.Schedule, error) {
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w; expected five cron fields, or @every with a duration such as @every 30s", spec, err)
	}
	return schedule, nil
}
