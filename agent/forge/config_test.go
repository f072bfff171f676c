package forge_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/forge"
)

func TestWhatCannotWorkIsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	t.Parallel()
	good := forge.Config{Kind: forge.Gitea, URL: "https://git.example.com", Repository: "acme/models", Token: "t"}
	for name, test := range map[string]struct {
		change func(*forge.Config)
		says   string // empty if it is fine
	}{
		"good":                  {func(*forge.Config) {}, ""},
		"below a path":          {func(c *forge.Config) { c.URL = "https://git.example.com/gitea/" }, ""},
		"the API":               {func(c *forge.Config) { c.URL = "https://git.example.com/api/v1" }, ""},
		"this machine":          {func(c *forge.Config) { c.URL = "http://127.0.0.1:3000" }, ""},
		"insecure, as asked":    {func(c *forge.Config) { c.URL, c.AllowInsecure = "http://git.example.com", true }, ""},
		"GitHub by default":     {func(c *forge.Config) { c.Kind, c.URL = forge.GitHub, "" }, ""},
		"groups of GitLab":      {func(c *forge.Config) { c.Kind, c.Repository = forge.GitLab, "acme/ml/models" }, ""},
		"no kind":               {func(c *forge.Config) { c.Kind = "sourcehut" }, `no kind of forge named "sourcehut"; it is github, gitlab or gitea`},
		"no URL":                {func(c *forge.Config) { c.URL = "" }, "the URL of the forge is missing"},
		"insecure":              {func(c *forge.Config) { c.URL = "http://git.example.com" }, "would carry the token unencrypted"},
		"no scheme of the web":  {func(c *forge.Config) { c.URL = "ssh://git.example.com" }, "use https://"},
		"credentials":           {func(c *forge.Config) { c.URL = "https://ada:hunter2@git.example.com" }, "holds credentials"},
		"unreadable":            {func(c *forge.Config) { c.URL = "https://ada:hunter2@git.example.com:port" }, "is missing, or is none"},
		"no owner":              {func(c *forge.Config) { c.Repository = "models" }, "write it as owner/name"},
		"groups elsewhere":      {func(c *forge.Config) { c.Repository = "acme/ml/models" }, "write it as owner/name"},
		"a way out of the path": {func(c *forge.Config) { c.Repository = "acme/.." }, "write it as owner/name"},
		"a query":               {func(c *forge.Config) { c.Repository = "acme/models?x" }, "write it as owner/name"},
		"no token":              {func(c *forge.Config) { c.Token = "" }, "write:repository and write:issue"},
		"two tokens":            {func(c *forge.Config) { c.TokenFile = "/token" }, "or else a file with one"},
		"no certificates":       {func(c *forge.Config) { c.CA = []byte("hello") }, "the CA holds no certificate"},
		"negative":              {func(c *forge.Config) { c.Timeout = -1 }, "the time limit is negative"},
	} {
		config := good
		test.change(&config)
		_, err := forge.New(config)
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case test.says != "" && (forge.FaultOf(err) != forge.InvalidConfig || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error quotes the password: %v", name, err)
		}
	}
}

func TestTokensAreOneWord(t *testing.T) {
	t.Parallel()
	for _, token := range []string{" ", "two words", "new\nline", "ümlaut", strings.Repeat("x", 20_000)} {
		f, err := forge.New(forge.Config{Kind: forge.GitHub, Repository: "acme/models", Token: token})
		if err != nil {
			t.Fatal(err)
		}
		// The host does not matter: nothing is sent.
		if _, err := f.State(t.Context(), 1); forge.FaultOf(err) != forge.InvalidConfig || strings.Contains(err.Error(), "two words") {
			t.Errorf("got %v", err)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"https://github.com/acme/models.git":           "github https://api.github.com acme/models",
		"https://github.com/acme/models":               "github https://api.github.com acme/models",
		"https://token@GitHub.com/acme/models.git/":    "github https://api.github.com acme/models",
		"git@github.com:acme/models.git":               "github https://api.github.com acme/models",
		"ssh://git@github.com/acme/models.git":         "github https://api.github.com acme/models",
		"ssh://git@ssh.github.com:443/acme/models.git": "github https://api.github.com acme/models",
		"https://gitlab.com/acme/ml/models.git":        "gitlab https://gitlab.com acme/ml/models",
		"git@gitlab.com:acme/models.git":               "gitlab https://gitlab.com acme/models",
		"https://codeberg.org/acme/models":             "gitea https://codeberg.org acme/models",
		"ssh://git@gitea.com/acme/models":              "gitea https://gitea.com acme/models",
		"https://git.example.com/acme/models":          `"git.example.com" is no host that is known to be one; say --forge github, gitlab or gitea`,
		"https://ada:hunter2@git.example.com/acme/m":   "say --forge",
		"https://github.com.example.com/acme/models":   "say --forge",
		"https://github.com/acme":                      "write it as owner/name",
		"https://github.com/acme/ml/models":            "write it as owner/name",
		"https://github.com/":                          "is no address of a server",
		"/srv/git/models.git":                          "is no address of a server",
		"../models":                                    "is no address of a server",
		"file:///srv/git/models.git":                   "is no address of a server",
		"ext::sh -c whoami":                            "is no address of a server",
		"https://hunter2%zz@github.com/acme/models":    "is no address of a server",
		"": "is no address of a server",
	} {
		kind, api, repository, err := forge.Detect(remote)
		got := string(kind) + " " + api + " " + repository
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) || strings.Contains(got, "hunter2") {
			t.Errorf("%q: got %q, want %q", remote, got, want)
		}
	}
}

func TestWhatIsDetectedCanBeUsed(t *testing.T) {
	t.Parallel()
	for _, remote := range []string{"https://github.com/acme/models", "https://gitlab.com/acme/models", "https://codeberg.org/acme/models"} {
		kind, url, repository, err := forge.Detect(remote)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := forge.New(forge.Config{Kind: kind, URL: url, Repository: repository, Token: "t"}); err != nil {
			t.Errorf("%s: %v", remote, err)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add("https://github.com/acme/models.git")
	f.Add("git@gitlab.com:acme/ml/models.git")
	f.Add("ssh://git@[::1]:22/a/b")
	f.Fuzz(func(t *testing.T, remote string) {
		kind, url, repository, err := forge.Detect(remote)
		if err != nil {
			return
		}
		if _, err := forge.New(forge.Config{Kind: kind, URL: url, Repository: repository, Token: "t"}); err != nil {
			t.Errorf("%q is %s %s %q, and that cannot be used: %v", remote, kind, url, repository, err)
		}
	})
}
