package install

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Options are what differs from one installation to the next. URL, Branch, Namespace, Image, Replicas and
// TargetNamespaces are required.
type Options struct {
	// URL of the repository, https or ssh, without credentials.
	URL string
	// Branch to follow.
	Branch string
	// Path of the environments in the repository; the agent's own default when empty.
	Path string
	// Policies and Trust are directories in the repository; the agent's own defaults when empty.
	Policies, Trust string
	// TrustDigest is that of the file of trusted keys that the agent may begin with; any when empty.
	TrustDigest string
	// Schedule of the polls; the agent's own default when empty.
	Schedule string
	// Environments are those that the agent serves; all when empty.
	Environments []string

	// Namespace is where the agent lives. It is never an environment's.
	Namespace string
	// TargetNamespaces are those of the environments: the agent gets rights in these and in no other.
	TargetNamespaces []string
	// OmitNamespaces leaves the objects of TargetNamespaces out, where somebody else makes namespaces.
	OmitNamespaces bool
	// AllowSecrets gives the right to read and write Secrets in TargetNamespaces, for units that bring some.
	AllowSecrets bool
	// NoFleet leaves out the right to see the nodes and pods of the cluster. Then rollouts never count on a
	// spare GPU, and nothing is said about room before a model is applied.
	NoFleet bool

	// Image of the agent.
	Image string
	// Replicas of the agent, of which one works; at least 1.
	Replicas int
	// AuthSecret names the Secret in Namespace with the Git credentials. Anonymous when empty.
	AuthSecret string
	// PushSecret names the Secret with the Git credentials that may push; those of AuthSecret are used when empty.
	PushSecret string
	// RecordsSecret names the Secret with the SSH key that signs the records. Without one they stay in the cluster.
	RecordsSecret string
	// ForgeSecret names the Secret with the token that opens pull requests. Without one there are branches alone.
	ForgeSecret string
	// Forge is github, gitlab or gitea, ForgeURL where it is, and ForgeRepository owner/name there; what the URL tells when
	// they are empty.
	Forge, ForgeURL, ForgeRepository string
}

// check refuses what would be printed well and fail later, in the cluster.
func (o Options) check() error {
	if _, err := gitPort(o.URL); err != nil {
		return err
	}
	if o.Branch == "" {
		return errors.New("no branch is given; name the one to follow, such as main")
	}
	if o.Image == "" || strings.ContainsAny(o.Image, " \t\n") {
		return fmt.Errorf("the image %q is not one; give the image to run, such as registry.example.com/penstock:v1", o.Image)
	}
	if o.Replicas < 1 {
		return fmt.Errorf("%d replicas do no work; give at least 1", o.Replicas)
	}
	for _, secret := range o.secrets() {
		if secret != "" && len(validation.IsDNS1123Subdomain(secret)) > 0 {
			return fmt.Errorf("the Secret's name %q is not one; use lower-case letters, digits, dashes and dots", secret)
		}
	}
	return o.checkNamespaces()
}

func (o Options) checkNamespaces() error {
	if len(o.TargetNamespaces) == 0 {
		return errors.New("there is no environment to give the agent rights for; name the namespaces of the environments")
	}
	for _, name := range append([]string{o.Namespace}, o.TargetNamespaces...) {
		if len(validation.IsDNS1123Label(name)) > 0 {
			return fmt.Errorf("the namespace %q cannot be one; use lower-case letters, digits and dashes", name)
		}
		if strings.HasPrefix(name, "kube-") {
			return fmt.Errorf("the namespace %s belongs to Kubernetes; choose another", name)
		}
	}
	if slices.Contains(o.TargetNamespaces, o.Namespace) {
		return fmt.Errorf("the namespace %s is the agent's own and cannot be an environment's, "+
			"or a commit could change the agent; choose another for one of them", o.Namespace)
	}
	return nil
}

// gitPort is the port of the repository's server. The URL is never quoted in an error: it may hold a
// password that should not be in it.
func gitPort(raw string) (int, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return 0, errors.New("no repository is given; name it as https://host/path or ssh://git@host/path")
	case err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") == "":
		return 0, errors.New("the repository's URL cannot be read; write it as https://host/path or ssh://git@host/path")
	case u.Scheme != "https" && u.Scheme != "ssh":
		return 0, fmt.Errorf("the repository's URL has the scheme %q; use https or ssh", u.Scheme)
	case hasCredentials(u):
		return 0, errors.New("the repository's URL holds credentials; take them out and put them into the Secret")
	case u.Port() == "" && u.Scheme == "ssh":
		return 22, nil
	case u.Port() == "":
		return 443, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("the repository's URL has the port %q; give one from 1 to 65535", u.Port())
	}
	return int(port), nil
}

// hasCredentials: the user of an ssh URL is none, since everybody is git.
func hasCredentials(u *url.URL) bool {
	_, password := u.User.Password()
	return password || u.User != nil && u.Scheme != "ssh"
}
