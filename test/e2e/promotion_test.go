package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"code.gitea.io/sdk/gitea"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/forge"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/giteaserver"
)

// forgeWorld is a world whose repository is on a real Gitea.
type forgeWorld struct {
	*world
	gitea *giteaserver.Repository
}

func newForgeWorld(t *testing.T) *forgeWorld {
	t.Helper()
	return &forgeWorld{world: newWorld(t), gitea: giteaserver.ForTest(t)}
}

// push has the engineer push to main.
func (w *forgeWorld) push(files map[string]string) string {
	w.t.Helper()
	return w.gitea.Commit(w.gitea.Engineer, "main", files)
}

// serving is an agent of one environment, as the bot, which may push branches and open pull requests.
func (w *forgeWorld) serving(environment string, key recordsKey) agent.Config {
	w.t.Helper()
	auth, token := w.t.TempDir(), filepath.Join(w.t.TempDir(), "token")
	for field, value := range w.gitea.Secret(w.gitea.Bot) {
		if err := os.WriteFile(filepath.Join(auth, field), []byte(value), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := os.WriteFile(token, []byte(w.gitea.Token(w.gitea.Bot, "write:repository", "write:issue")), 0o600); err != nil {
		w.t.Fatal(err)
	}
	config := w.signing(key)
	config.Source = source.Config{URL: w.gitea.URL(), Dir: w.t.TempDir(), AuthDir: auth}
	config.Name, config.Environments = "penstock-"+environment, []string{environment}
	config.Forge = &forge.Config{Kind: forge.Gitea, URL: w.gitea.ForgeURL(), Repository: w.gitea.FullName(), TokenFile: token}
	return config
}

// unit is echo in an environment, with its release in a file of its own.
func unit(environment, version string) map[string]string {
	dir := "environments/" + environment + "/echo/"
	return map[string]string{
		dir + "kustomization.yaml": "resources: [model.yaml]\npatches: [{path: release.yaml}]\n",
		dir + "model.yaml":         "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata:\n  name: echo\nspec: {}\n",
		dir + "release.yaml":       echo("echo", fmt.Sprintf("env: [{name: VERSION, value: %s}]", version)),
	}
}

// release is the file of a release alone.
func release(environment, version string) map[string]string {
	file := "environments/" + environment + "/echo/release.yaml"
	return map[string]string{file: unit(environment, version)[file]}
}

// open waits until so many pull requests are open, and returns them.
func (w *forgeWorld) open(count int, check func([]*gitea.PullRequest) error) []*gitea.PullRequest {
	w.t.Helper()
	var open []*gitea.PullRequest
	w.eventually(func() error {
		open = nil
		for _, pr := range w.gitea.PullRequests() {
			if pr.State == gitea.StateOpen {
				open = append(open, pr)
			}
		}
		if len(open) != count {
			return fmt.Errorf("%d pull requests are open, want %d", len(open), count)
		}
		return check(open)
	})
	return open
}

func anyOf([]*gitea.PullRequest) error { return nil }

func TestAReleaseThatIsHealthyInStagingIsProposedForProd(t *testing.T) {
	t.Parallel()
	w := newForgeWorld(t)
	stagingKey, prodKey := newRecordsKey(t), newRecordsKey(t)
	stagingNS, first := w.environment("staging", stagingKey.signs())
	prodNS, second := w.environment("prod", "  promotedFrom: staging\n  promotion: {auto: true}\n  policies: [{name: promoted-from}]\n", prodKey.signs(), stagingKey.trusted("staging"))
	w.push(merged(first, second, unit("staging", "one"), unit("prod", "one")))
	w.start(w.serving("staging", stagingKey))
	w.start(w.serving("prod", prodKey))
	w.ready(prodNS, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	w.push(release("staging", "two"))
	two := w.when(stagingNS, "echo", func(found *v1alpha1.ModelDeployment) error {
		if r := found.Status.Releases; len(r) != 2 || r[0].HealthySince == nil {
			return fmt.Errorf("the releases are %+v", r)
		}
		return nil
	}).Status.Releases[0]
	healthy := time.Now()
	pr := w.open(1, anyOf)[0]
	t.Logf("from healthy in staging to the pull request: %s", time.Since(healthy).Round(10*time.Millisecond))
	if pr.Head.Name != "penstock/promote/prod/echo" || !strings.Contains(pr.Title, two.Release) || !strings.Contains(pr.Body, "healthy") {
		t.Errorf("the pull request is %s: %s\n%s", pr.Head.Name, pr.Title, pr.Body)
	}
	w.gitea.Merge(w.gitea.Engineer, pr.Index)
	w.when(prodNS, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Release != two.Release {
			return fmt.Errorf("%s runs in prod, want %s", found.Status.Release, two.Release)
		}
		return nil
	})
	w.noBranch("penstock/promote/prod/echo")

	w.push(release("staging", "three"))
	w.open(1, anyOf)
	w.push(release("staging", "four")) // overtakes it
	var four string
	w.when(stagingNS, "echo", func(found *v1alpha1.ModelDeployment) error {
		if r := found.Status.Releases; len(r) != 4 || r[0].HealthySince == nil {
			return fmt.Errorf("the releases are %+v", r)
		}
		four = found.Status.Release
		return nil
	})
	open := w.open(1, func(open []*gitea.PullRequest) error {
		if !strings.Contains(open[0].Title, four) {
			return fmt.Errorf("it proposes %q, want %s", open[0].Title, four)
		}
		return nil
	})
	w.gitea.ClosePullRequest(w.gitea.Engineer, open[0].Index) // no, says a person
	w.push(map[string]string{"README.md": "Something else"})
	w.seen()
	w.open(0, anyOf)
	w.push(release("staging", "two")) // as prod has it: nothing is left to propose
	w.noBranch("penstock/promote/prod/echo")
	if all := len(w.gitea.PullRequests()); all > 3 {
		t.Errorf("%d pull requests were opened for three proposals", all)
	}
}

// noBranch waits until the server does not have a branch.
func (w *forgeWorld) noBranch(name string) {
	w.t.Helper()
	w.eventually(func() error {
		if _, _, err := w.gitea.As(w.gitea.Engineer).GetRepoBranch(w.gitea.Owner, w.gitea.Name, name); err == nil {
			return fmt.Errorf("the branch %s is there", name)
		}
		return nil
	})
}

// seen waits until the agent of prod has seen main as it is now.
func (w *forgeWorld) seen() {
	w.t.Helper()
	head, _, err := w.gitea.As(w.gitea.Engineer).GetRepoBranch(w.gitea.Owner, w.gitea.Name, "main")
	if err != nil {
		w.t.Fatal(err)
	}
	w.eventually(func() error {
		state, err := agent.LoadState(w.t.Context(), w.clients, w.agentNS, "penstock-prod")
		if err == nil && state.Commit != head.Commit.ID {
			err = fmt.Errorf("the agent is at %s", state.Commit)
		}
		return err
	})
}
