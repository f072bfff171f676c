package e2e

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/policies/trust"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// person is an engineer with a key.
type person struct {
	gitserver.Person
	key ssh.Signer
}

func newPerson(t *testing.T, name string, seed byte) person {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return person{gitserver.Person{Name: name, Email: name + "@example.com"}, signer}
}

// trusting is a trust file with people.
func trusting(people ...person) map[string]string {
	var lines strings.Builder
	for _, p := range people {
		lines.WriteString(p.Email + " " + string(ssh.MarshalAuthorizedKey(p.key.PublicKey())))
	}
	return map[string]string{"trust/allowed_signers": lines.String()}
}

// commits has a person push signed files.
func (w *world) commits(by person, message string, files map[string]string) string {
	w.t.Helper()
	return w.repo.Commit(gitserver.Change{Message: message, Author: by.Person, Files: files, Signer: by.key})
}

// approval is the file by which a person approves content.
func (w *world) approval(by person, unit, content string) string {
	w.t.Helper()
	statement := approval.Statement{Unit: unit, Content: content, Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}
	armored, err := approval.Sign(by.key, statement)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(approval.Marshal(by.Name, statement, armored))
}

// content is the digest of what a unit reads, as the branch has it.
func (w *world) content(id string) string {
	w.t.Helper()
	tree := w.tree()
	loaded, err := environments.Load(tree, "environments")
	if err != nil {
		w.t.Fatal(err)
	}
	part, err := loaded.Select(id)
	if err != nil {
		w.t.Fatal(err)
	}
	objects, err := render.New().Render(tree, part.Units[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return objects.Content
}

// rulesDigest is that of the rules, as the branch has them.
func (w *world) rulesDigest() string {
	w.t.Helper()
	tree := w.tree()
	loaded, err := environments.Load(tree, "environments")
	if err != nil {
		w.t.Fatal(err)
	}
	digest, err := gate.Digest(tree, gate.Layout{}.WithDefaults(), loaded)
	if err != nil {
		w.t.Fatal(err)
	}
	return digest
}

// Four eyes: who makes a change signs it, and somebody else approves just this content, before it is applied.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, grace, mallory := newPerson(t, "ada", 1), newPerson(t, "grace", 2), newPerson(t, "mallory", 3)
	dev, environment := w.environment("dev", "  policies:\n  - name: signed-by-author\n  - name: approvals\n")
	w.commits(ada, "Serve echo", merged(environment, trusting(ada, grace), scaled(1)))
	w.start(w.config())
	w.held(dev, "echo", "approvals: approved by 0 of 1 people")

	approvals := "environments/dev/echo/approvals/"
	w.commits(ada, "Approve it myself", map[string]string{approvals + "ada.yaml": w.approval(ada, "dev/echo", w.content("dev/echo"))})
	w.held(dev, "echo", "those who made the change do not count: ada@example.com")
	w.commits(grace, "Approve echo", map[string]string{approvals + "grace.yaml": w.approval(grace, "dev/echo", w.content("dev/echo"))})
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	// The approval is void as soon as a file changes; and who is not trusted is nobody, even if somebody else's trusted
	// commit follows.
	w.commits(mallory, "Serve two", scaled(2))
	w.held(dev, "echo", "approvals", "signed-by-author", "ask for approval again")
	w.commits(ada, "Touch it", map[string]string{"environments/dev/echo/model.yaml": "# two\n" + scaled(2)["environments/dev/echo/model.yaml"]})
	w.commits(grace, "Approve echo", map[string]string{approvals + "grace.yaml": w.approval(grace, "dev/echo", w.content("dev/echo"))})
	w.held(dev, "echo", "signed-by-author")
	if n := w.replicas(dev, "echo"); n != 1 {
		t.Errorf("there are %d replicas", n)
	}
}

// Rules that nobody approved do not come into force: not by a poll, and not by a restart.
func TestRulesComeIntoForceByTheConsentOfThoseWhomTheOldOnesTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, mallory := newPerson(t, "ada", 1), newPerson(t, "mallory", 3)
	dev, environment := w.environment("dev")
	first := merged(environment, trusting(ada), policy("at-most-two", atMostTwo, "two replicas are enough"), scaled(1))
	w.commit("Serve echo", first)
	config := w.config()
	config.TrustDigest = trust.Digest([]byte(first["trust/allowed_signers"]))
	stop := w.start(config)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	w.commit("Trust me instead", merged(trusting(mallory), policy("at-most-two", "true", "anything goes")))
	w.commit("Approve that", map[string]string{"trust/approvals/mallory.yaml": w.approval(mallory, "rules", w.rulesDigest())})
	w.commit("Serve five", scaled(5))
	w.held(dev, "echo", "two replicas are enough")
	w.problemWithRules("which 0 of 1 people have approved")
	stop()
	stop = w.start(config)
	w.held(dev, "echo", "two replicas are enough")
	w.polls(2)
	w.problemWithRules("which 0 of 1 people have approved")
	if n := w.replicas(dev, "echo"); n != 1 {
		t.Errorf("there are %d replicas", n)
	}

	w.commit("Approve that", map[string]string{"trust/approvals/ada.yaml": w.approval(ada, "rules", w.rulesDigest())})
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 5 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
	w.problemWithRules("")
	stop()
	w.start(config) // the first digest was pinned for the first start alone
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.problemWithRules("")
}

// problemWithRules waits until the agent's state says what keeps the newest rules from coming into force.
func (w *world) problemWithRules(part string) {
	w.t.Helper()
	w.eventually(func() error {
		state, err := agent.LoadState(w.t.Context(), w.clients, w.agentNS, agent.DefaultName)
		if err == nil && (part == "" && state.RulesProblem != "" || !strings.Contains(state.RulesProblem, part)) {
			err = fmt.Errorf("the problem is %q, want %q", state.RulesProblem, part)
		}
		return err
	})
}

func TestTrustThatWasNotPinnedAppliesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, mallory := newPerson(t, "ada", 1), newPerson(t, "mallory", 3)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, trusting(mallory), scaled(1)))
	config := w.config()
	config.TrustDigest = trust.Digest([]byte(trusting(ada)["trust/allowed_signers"]))
	w.start(config)
	w.problemWithRules("is not the file that was trusted at install")
	w.polls(2)
	if found, err := w.deployment(dev, "echo"); err == nil && found.Status.Commit != "" {
		t.Errorf("it was applied: %+v", found.Status)
	}
}

// In an emergency, who is entitled to it overrides a policy by name, and everybody hears of it.
func TestBreakingTheGlass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, sre := newPerson(t, "ada", 1), newPerson(t, "sre", 2)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, trusting(ada, sre), policy("at-most-two", atMostTwo, "two replicas are enough"), scaled(1),
		map[string]string{"trust/trust.yaml": "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {overriders: [sre@example.com]}\n"}))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	const trailers = "\n\nPenstock-Override: at-most-two\nPenstock-Override-Reason: the site is down\n"
	w.commits(ada, "Serve four"+trailers, scaled(4))
	w.held(dev, "echo", "two replicas are enough", "trust/trust.yaml lets only sre@example.com override")
	w.commits(sre, "Serve five"+trailers, scaled(5))
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 5 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
	found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	if got := message(found, v1alpha1.ConditionAdmitted); !strings.Contains(got, "OVERRIDDEN by sre@example.com (the site is down): at-most-two") {
		t.Errorf("the status says %s", got)
	}
	w.eventually(func() error { return w.event(dev, "Overridden", "the site is down") })
}
