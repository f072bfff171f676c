package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// noon is when the story begins, and later when the auditor looks.
var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	later = noon.Add(20 * 24 * time.Hour)
)

// people have keys.
var people = map[byte]string{1: "sre", 2: "ada", 3: "grace", 9: "mallory", 11: "agent-dev", 12: "agent-prod"}

// keyOf is always the same key for a person.
func keyOf(t testing.TB, n byte) ssh.Signer {
	t.Helper()
	made, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func publicOf(t testing.TB, n byte) string {
	t.Helper()
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(keyOf(t, n).PublicKey()))) + " " + people[n]
}

// files are what a commit writes, by path. An empty text deletes a file.
type files map[string]string

// world is a repository with the environments dev and prod, and the agents that write their records.
type world struct {
	t      testing.TB
	repo   *gitserver.TestRepository
	now    time.Time
	agents map[string]*agent
	config func(*audit.Config) // changes what the auditor has; may be nil
}

// environment is an environment.yaml whose records the agent of that name signs.
func environment(t testing.TB, name string, key byte, spec ...string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: " + name + "\nspec:\n  namespace: models-" + name + "\n"
	if key != 0 {
		text += "  records: {keys: [{publicKey: " + publicOf(t, key) + "}]}\n"
	}
	for _, line := range spec {
		text += "  " + line + "\n"
	}
	return text
}

// echo is the smallest descriptor. More lines go below spec.
func echo(name, version string, spec ...string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata:\n  name: " + name + `
spec:
  release:
    model:
      source: https://models.example.com/` + name + `
      revision: sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    runtime:
      engine: custom
      image: registry.example.com/` + name + ":" + version + "\n"
	for _, line := range spec {
		text += "  " + line + "\n"
	}
	return text
}

func policy(name, expression, message string) string {
	return fmt.Sprintf("apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: %s\nspec:\n  validations:\n  - expression: %q\n    message: %s\n", name, expression, message)
}

// few lets at most three replicas in.
const few = "!has(descriptor.spec) || !has(descriptor.spec.scaling) || descriptor.spec.scaling.min <= 3"

// start is what the repository begins with: prod takes what is healthy in dev, has at most three replicas and is approved by
// somebody.
func start(t testing.TB) files {
	var signers strings.Builder
	for _, n := range []byte{1, 2, 3} {
		signers.WriteString(people[n] + "@example.com " + string(ssh.MarshalAuthorizedKey(keyOf(t, n).PublicKey())))
	}
	return files{
		"environments/dev/environment.yaml": environment(t, "dev", 11),
		"environments/prod/environment.yaml": environment(t, "prod", 12, "promotedFrom: dev", "evidence: [{environment: dev, keys: [{publicKey: "+publicOf(t, 11)+"}]}]",
			"policies: [{name: few}, {name: healthy}, {name: seen}]"),
		"environments/dev/echo/model.yaml": echo("echo", "1.0"),
		"policies/few.yaml":                policy("few", few, "at most 3 replicas"),
		"policies/healthy.yaml":            policy("healthy", "environment.name != 'prod' || change.kind in ['placement', 'removal', 'rollback'] || evidence[?'dev'].?healthy.orValue(false)", "it is not healthy in dev"),
		"policies/seen.yaml":               policy("seen", "environment.name != 'prod' || change.kind in ['new', 'placement', 'removal', 'rollback'] || approvals.exists(a, !a.byAuthor)", "nobody else approved it"),
		"trust/allowed_signers":            signers.String(),
		"trust/trust.yaml":                 "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {overriders: [sre@example.com]}\n",
	}
}

// newWorld is a repository that somebody has begun.
func newWorld(t testing.TB, more ...files) *world {
	t.Helper()
	w := &world{t: t, repo: gitserver.ForTest(t), now: noon, agents: map[string]*agent{}}
	w.commit(2, "Serve echo in dev", append([]files{start(t)}, more...)...)
	return w
}

// later lets time pass.
func (w *world) later(d time.Duration) *world {
	w.now = w.now.Add(d)
	return w
}

// commit commits to main, signed by somebody; by 9 it is not signed.
func (w *world) commit(by byte, message string, all ...files) string {
	w.t.Helper()
	c := gitserver.Change{Branch: "main", Message: message, When: w.now, Files: map[string]string{}, Author: gitserver.Person{Name: people[by], Email: people[by] + "@example.com"}}
	if by != 9 {
		c.Signer = keyOf(w.t, by)
	}
	for _, some := range all {
		for name, text := range some {
			if c.Files[name] = text; text == "" {
				delete(c.Files, name)
				c.Delete = append(c.Delete, name)
			}
		}
	}
	return w.repo.Commit(c)
}

// approve is the file with which somebody approves what the newest commit has of a unit.
func (w *world) approve(by byte, unit string) files {
	w.t.Helper()
	environment, model, _ := strings.Cut(unit, "/")
	objects := w.agent(environment).look().render(model)
	statement := approval.Statement{Unit: unit, Content: objects.Content, Expires: w.now.Add(72 * time.Hour)}
	armored, err := approval.Sign(keyOf(w.t, by), statement)
	if err != nil {
		w.t.Fatal(err)
	}
	return files{"environments/" + unit + "/approvals/" + people[by] + ".yaml": string(approval.Marshal(people[by], statement, armored))}
}

// clone opens what the server has.
func (w *world) clone() *source.Clone {
	w.t.Helper()
	clone, err := source.OpenClone(w.repo.Dir())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { clone.Close() })
	return clone
}

// audit opens what an auditor has, or says why not.
func (w *world) open() (*audit.Auditor, error) {
	w.t.Helper()
	config := audit.Config{Clone: w.clone(), Revision: "main", Version: "v0.5.0", Now: later}
	if w.config != nil {
		w.config(&config)
	}
	return audit.Open(config)
}

func (w *world) audit() *audit.Auditor {
	w.t.Helper()
	a, err := w.open()
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// verify is what comes of verifying everything.
func (w *world) verify() *audit.Verification {
	w.t.Helper()
	v, err := w.audit().Verify(w.t.Context(), audit.Git)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// forge commits something to a records branch that no agent would.
func (w *world) forge(environment string, c gitserver.Change) string {
	w.t.Helper()
	c.Branch, c.When = records.Branch(environment), w.now
	return w.repo.Commit(c)
}
