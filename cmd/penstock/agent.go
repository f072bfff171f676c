package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/penstock-dev/penstock/agent"
)

// agentOptions are the flags of the agent command.
type agentOptions struct {
	agent.Config
	cluster   *genericclioptions.ConfigFlags
	logLevel  string
	logFormat string
	fleet     bool
	records   bool
	forge     forgeFlags
}

func newAgentCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := agentOptions{cluster: genericclioptions.NewConfigFlags(true)}
	o.cluster.CacheDir = nil // kubectl's cache of discovery; --cache-dir is the Git cache here
	cmd := &cobra.Command{
		Use:     "agent --url URL",
		Short:   "Follow a repository and deploy what it describes",
		GroupID: groupAdmin,
		Long: `Follow one branch of a Git repository and keep the cluster as it describes.

The agent usually runs in the cluster, as 'penstock install' sets it up, with the service account's rights.
Outside it uses a kubeconfig, as kubectl does. Credentials for Git are files in --auth-dir, named as the
keys of a Secret: username and password, or bearerToken, or identity and known_hosts for ssh, and ca.crt.`,
		Example: `  # Follow a repository every 30 seconds, from a laptop
  penstock agent --url https://git.example.com/models.git --namespace penstock-system

  # Serve only production, over ssh, polling every two minutes
  penstock agent --url ssh://git@git.example.com/models.git --auth-dir /etc/penstock/git \
    --environment prod --schedule '@every 2m'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := o.complete(streams)
			if err != nil {
				return err
			}
			if o.Source.Dir == "" {
				defer os.RemoveAll(config.Source.Dir)
			}
			a, err := agent.New(config)
			if err != nil {
				return err
			}
			return a.Run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *agentOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.Source.URL, "url", "", "URL of the repository, https or ssh (required)")
	flags.StringVar(&o.Source.Branch, "branch", "main", "branch to follow")
	flags.StringVar(&o.Source.AuthDir, "auth-dir", "", "directory with the Git credentials, as a mounted Secret has them")
	flags.StringVar(&o.Source.PushAuthDir, "push-auth-dir", "", "directory with the Git credentials that may push (default those of --auth-dir)")
	flags.StringVar(&o.RecordsKeyDir, "records-key-dir", "", "directory with the SSH key that signs the records: identity, and password if it is locked")
	flags.BoolVar(&o.records, "records", true, "record what is done, in the cluster and, with a key, in Git")
	flags.StringVar(&o.Source.Dir, "cache-dir", "", "directory of the Git cache, which may be deleted at any time (default a temporary directory)")
	flags.BoolVar(&o.Source.AllowInsecure, "allow-insecure-http", false, "allow a repository over plain http")
	flags.StringVar(&o.Path, "path", agent.DefaultPath, "directory of the environments in the repository")
	flags.StringVar(&o.Policies, "policies", "policies", "directory of the policies in the repository")
	flags.StringVar(&o.Trust, "trust", "trust", "directory of the trusted keys in the repository")
	flags.StringVar(&o.TrustDigest, "trust-digest", "", "digest of the file of trusted keys that the agent may begin with, as sha256:…")
	flags.StringSliceVar(&o.Environments, "environment", nil, "environment to serve; may be repeated (default all)")
	flags.StringVar(&o.Schedule, "schedule", agent.DefaultSchedule, "when to poll: five cron fields, or @every with a duration")
	flags.IntVar(&o.Concurrency, "concurrency", agent.DefaultConcurrency, "how many models to apply at the same time")
	flags.StringVar(&o.Name, "name", agent.DefaultName, "name of the agent's lease and state")
	flags.StringVar(&o.Address, "listen", ":8080", "address of /healthz, /readyz and /metrics; empty serves nothing")
	flags.BoolVar(&o.NoLeaderElection, "no-leader-election", false, "start without a lease; only where no second agent can run")
	flags.BoolVar(&o.fleet, "fleet", true, "watch the nodes and pods of the cluster, by which rollouts are chosen")
	o.forge.add(flags)
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "json", "json or text")
	o.cluster.AddFlags(flags)
	_ = cmd.MarkFlagRequired("url")
}

// complete fills in what the surroundings know: the cluster, the pod's names, a directory for the cache.
func (o *agentOptions) complete(streams genericiooptions.IOStreams) (agent.Config, error) {
	config := o.Config
	log, err := newLogger(streams, o.logLevel, o.logFormat)
	if err != nil {
		return config, err
	}
	config.Log, config.Version, config.NoFleet, config.NoRecords = log, versionName(), !o.fleet, !o.records
	if config.Cluster, err = o.cluster.ToRESTConfig(); err != nil {
		return config, fmt.Errorf("finding the cluster: %w; give --kubeconfig, or run it in a pod", err)
	}
	if config.Forge, err = o.forge.forAgent(o.Source); err != nil {
		return config, err
	}
	config.Image = os.Getenv("PENSTOCK_IMAGE")
	hostname, _ := os.Hostname()
	config.Identity = cmp.Or(os.Getenv("POD_NAME"), hostname)
	config.Namespace = cmp.Or(*o.cluster.Namespace, os.Getenv("POD_NAMESPACE"), defaultNamespace)
	if config.Source.Dir == "" {
		config.Source.Dir, err = os.MkdirTemp("", "penstock-")
	}
	return config, err
}

// defaultNamespace is where install puts the agent.
const defaultNamespace = "penstock-system"

// newLogger makes the agent's logger, and has the Kubernetes libraries log through it too.
func newLogger(streams genericiooptions.IOStreams, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var threshold slog.Level
	if err := threshold.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q: expected debug, info, warn or error", level)
	}
	options.Level = threshold
	var handler slog.Handler
	switch format {
	case "json":
		handler = slog.NewJSONHandler(streams.ErrOut, &options)
	case "text":
		handler = slog.NewTextHandler(streams.ErrOut, &options)
	default:
		return nil, fmt.Errorf("--log-format %q: expected json or text", format)
	}
	klog.SetLogger(logr.FromSlogHandler(handler))
	ctrllog.SetLogger(logr.FromSlogHandler(handler))
	return slog.New(handler), nil
}
