package forge

import (
	"net/http"
	"time"
)

// BranchPrefix begins the name of every branch whose pull requests are touched.
const BranchPrefix = "penstock/"

// Limits that hold unless Config says otherwise.
const (
	DefaultTimeout = 30 * time.Second
	// maxAnswer bounds one answer, in bytes after decompression.
	maxAnswer = 16 << 20
)

// Config says where the forge is, and who asks.
type Config struct {
	Kind Kind
	// URL of the forge or of its API: https://git.example.com. Default: the public one of GitHub and of GitLab.
	URL string
	// Repository is owner/name; at GitLab the full path of the project, as in group/subgroup/name.
	Repository string
	// Token, or the file that holds it: one is required. The file is read again for every call.
	Token, TokenFile string
	// CA holds certificates in PEM to trust beside the system's.
	CA []byte
	// HTTPClient's Transport is used, if it is given; CA must not be, then.
	HTTPClient *http.Client
	// AllowInsecure permits http:// to hosts other than this machine.
	AllowInsecure bool
	// Timeout bounds each call. DefaultTimeout if zero.
	Timeout time.Duration
}

// New checks the configuration and returns the forge. It contacts nobody.
func New(c Config) (Forge, error) {
	panic("not yet")
}

// Detect tells from the URL of a Git remote which forge it is, the URL of its API, and the repository's name there. It
// knows github.com, gitlab.com, gitea.com and codeberg.org; for any other host the error names --forge.
func Detect(remote string) (kind Kind, apiURL, repository string, err error) {
	panic("not yet")
}
