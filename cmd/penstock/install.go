package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/trust"
)

func newInstallCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var o install.Options
	fleet := true
	cmd := &cobra.Command{
		Use:     "install --url URL",
		Short:   "Print the manifests that put the agent into a cluster",
		GroupID: groupAdmin,
		Long: `Print, as YAML, what the agent needs in a cluster: its namespace and those of the environments, the
ModelDeployment CRD, a service account with its rights, a network policy and the agent itself. Nothing is sent
anywhere: read it, and pipe it into 'kubectl apply -f -'.

When the clone has a file of trusted keys, trust/allowed_signers, the agent begins with just this one, by its digest; each
later change of it has to be approved by those whom it trusts.

The agent may have, in the namespaces of the environments, the kinds that a model consists of. Elsewhere it may
change nothing. One ClusterRole lets it see nodes and pods, by which it knows how many GPUs are free; with
--fleet=false there is none, and rollouts never count on a spare GPU. The namespaces are read from the environments of the clone that you are in,
or given with --target-namespace. After an environment was added to Git, apply the output again: until then
the agent is refused there. An environment's namespace that exists already is set to enforce the baseline Pod
Security Standard; with --omit-namespaces it stays as it is.

Units may bring Secrets only with --allow-secrets, which lets the agent read all Secrets of those namespaces.
ExternalSecrets and SealedSecrets need no such right.

Credentials for Git are in a Secret of the agent's namespace, with the keys username and password, or
bearerToken, or identity and known_hosts for ssh, and ca.crt. It may be made or changed at any time.

The agent writes what it did to the branches penstock/records/<environment>, signed with an SSH key of its own: the key
identity of the Secret penstock-records. Its public key belongs under spec.records.keys of each environment.yaml.
Until there is one, the records stay in the cluster, up to a bound.

To remove the agent and keep what it deployed, delete its namespace alone. Never delete by this output: the
CRD and the namespaces of the environments would go, and every model with them.`,
		Example: `  # Install the agent for the environments of this clone
  penstock install --url https://git.example.com/models.git | kubectl apply -f -
  kubectl create secret generic penstock-git -n penstock-system --from-literal=username=penstock \
    --from-file=password=token.txt

  # A key that signs the records
  ssh-keygen -t ed25519 -N '' -C penstock -f records && kubectl create secret generic penstock-records \
    -n penstock-system --from-file=identity=records && cat records.pub

  # A public repository, and production alone
  penstock install --url https://git.example.com/models.git --auth-secret '' --environment prod

  # Without a clone, over ssh, with an image of your own
  penstock install --url ssh://git@git.example.com/models.git --target-namespace models-prod \
    --image registry.example.com/penstock:v0.1.0`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := completeInstall(&o); err != nil {
				return err
			}
			o.NoFleet = !fleet
			manifests, err := install.Manifests(o)
			if err != nil {
				return err
			}
			_, err = streams.Out.Write(manifests)
			return err
		},
	}
	addInstallFlags(cmd, &o)
	cmd.Flags().BoolVar(&fleet, "fleet", true, "let the agent see the nodes and pods of the cluster, by which it knows how many GPUs are free")
	return cmd
}

func addInstallFlags(cmd *cobra.Command, o *install.Options) {
	flags := cmd.Flags()
	flags.StringVar(&o.URL, "url", "", "URL of the repository, https or ssh (required)")
	flags.StringVar(&o.Branch, "branch", "main", "branch to follow")
	flags.StringVar(&o.Path, "path", agent.DefaultPath, "directory of the environments in the repository")
	flags.StringVar(&o.Policies, "policies", "", "directory of the policies in the repository (default policies)")
	flags.StringVar(&o.Trust, "trust", "", "directory of the trusted keys in the repository (default trust)")
	flags.StringVar(&o.TrustDigest, "trust-digest", "", "digest of the file of trusted keys that the agent may begin with (default that of the clone's file, if there is one)")
	flags.StringVar(&o.Schedule, "schedule", agent.DefaultSchedule, "when to poll: five cron fields, or @every with a duration")
	flags.StringSliceVar(&o.Environments, "environment", nil, "environment to serve; may be repeated (default all)")
	flags.StringVarP(&o.Namespace, "namespace", "n", defaultNamespace, "namespace of the agent")
	flags.StringSliceVar(&o.TargetNamespaces, "target-namespace", nil, "namespace of an environment; may be repeated (default those of the environments in --path)")
	flags.BoolVar(&o.OmitNamespaces, "omit-namespaces", false, "leave out the namespaces of the environments, where somebody else makes them")
	flags.BoolVar(&o.AllowSecrets, "allow-secrets", false, "let units bring Secrets: the agent may read all Secrets of the target namespaces")
	flags.StringVar(&o.Image, "image", "", "image of the agent (default "+imageRepository+" in this binary's version)")
	flags.IntVar(&o.Replicas, "replicas", 1, "replicas of the agent, of which one works")
	flags.StringVar(&o.AuthSecret, "auth-secret", "penstock-git", "Secret with the Git credentials; empty for a public repository")
	flags.StringVar(&o.PushSecret, "push-secret", "", "Secret with the Git credentials that may push records and promotions (default those of --auth-secret)")
	flags.StringVar(&o.RecordsSecret, "records-secret", "penstock-records", "Secret with the SSH key that signs the records, under identity; empty keeps them in the cluster")
	flags.StringVar(&o.ForgeSecret, "forge-secret", "", "Secret with the token that opens pull requests, under token (default none, and there are branches alone)")
	flags.StringVar(&o.Forge, "forge", "", "github, gitlab or gitea, which is also Forgejo (default what --url tells)")
	flags.StringVar(&o.ForgeURL, "forge-url", "", "URL of the forge (default that of the host of --url)")
	flags.StringVar(&o.ForgeRepository, "forge-repository", "", "owner/name at the forge (default what --url tells)")
	_ = cmd.MarkFlagRequired("url")
}

// completeInstall fills in what the clone and the binary know.
func completeInstall(o *install.Options) error {
	if _, err := agent.ParseSchedule(o.Schedule); err != nil {
		return err
	}
	var err error
	if o.Image, err = imageOr(o.Image, versionName()); err != nil {
		return err
	}
	if o.ForgeSecret != "" {
		flags := forgeFlags{kind: o.Forge, url: o.ForgeURL, repository: o.ForgeRepository, tokenFile: "token"}
		if _, err := flags.forAgent(source.Config{URL: o.URL}); err != nil {
			return err
		}
	}
	if o.TrustDigest == "" {
		if o.TrustDigest, err = pinTrust(gate.Layout{Trust: o.Trust}.WithDefaults().Signers()); err != nil {
			return err
		}
	}
	if len(o.TargetNamespaces) == 0 {
		o.TargetNamespaces, err = namespacesOfClone(o.Path, o.Environments)
	}
	return err
}

// pinTrust is the digest of the file of trusted keys as the admin sees it; empty where there is none. It has to be right.
func pinTrust(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the trusted keys: %w", err)
	}
	if _, problems := trust.ParseSigners(file, data); len(problems) > 0 {
		return "", &invalidError{problems: problems}
	}
	return trust.Digest(data), nil
}

// namespacesOfClone reads them from the working directory.
func namespacesOfClone(path string, names []string) ([]string, error) {
	const mend = "run this in a clone of the repository, or name them with --target-namespace"
	tree, err := environments.Load(os.DirFS("."), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("finding the namespaces of the environments: there is no directory %s here; %s", path, mend)
	}
	if err != nil {
		return nil, asInvalid(err)
	}
	namespaces, err := install.Namespaces(tree, names)
	if err == nil && len(namespaces) == 0 {
		err = fmt.Errorf("finding the namespaces of the environments: there is no environment in %s; %s", path, mend)
	}
	return namespaces, asInvalid(err)
}

const imageRepository = "ghcr.io/penstock-dev/penstock"

// released is a version that an image is published for.
var released = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)[.\d]*)?$`)

// imageOr is the image that was asked for, or else the published one of this version.
func imageOr(image, version string) (string, error) {
	if image == "" && !released.MatchString(version) {
		return "", fmt.Errorf("this binary is a development build (%s), for which no image is published; build one from the Dockerfile and give it with --image", version)
	}
	return cmp.Or(image, imageRepository+":"+version), nil
}
