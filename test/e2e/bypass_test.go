package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// loose and strict are a rule before and after it was tightened.
func loose() map[string]string { return policy("at-most-two", "true", "anything goes") }
func strict() map[string]string {
	return policy("at-most-two", atMostTwo, "two replicas are enough")
}

// inForce waits until the rules of the branch are in force.
func (w *world) inForce() {
	w.t.Helper()
	digest := w.rulesDigest()
	w.eventually(func() error {
		state, err := agent.LoadState(w.t.Context(), w.clients, w.agentNS, agent.DefaultName)
		if err != nil || len(state.Rules) == 0 {
			return fmt.Errorf("no rules in the state: %w", err)
		}
		if got := state.Rules[len(state.Rules)-1].Digest; got != digest {
			return fmt.Errorf("the rules are %s (%s), want %s", got, state.RulesProblem, digest)
		}
		return nil
	})
}

// approves has somebody approve the rules as the branch has them, and returns the approval.
func (w *world) approves(by person) map[string]string {
	w.t.Helper()
	file := map[string]string{"trust/approvals/" + by.Name + ".yaml": w.approval(by, "rules", w.rulesDigest())}
	w.commit("Approve the rules", file)
	w.inForce()
	return file
}

// stays says that there are so many replicas, and stay so.
func (w *world) stays(namespace, name string, replicas int32) {
	w.t.Helper()
	w.polls(2)
	if n := w.replicas(namespace, name); n != replicas {
		w.t.Errorf("there are %d replicas, want %d", n, replicas)
	}
}

// Whoever builds on an old commit has its rules beside the change. Merged so that the old line is the first parent, it must
// not be judged by them.
func TestAForkOfOldHistoryIsNotJudgedByTheRulesOfThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := newPerson(t, "ada", 1)
	dev, environment := w.environment("dev")
	old := w.commit("Serve echo", merged(environment, trusting(ada), loose(), scaled(1)))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("At most two", strict())
	approval := w.approves(ada)
	head, err := w.repo.Head(gitserver.DefaultBranch)
	if err != nil {
		t.Fatal(err)
	}

	fork := w.repo.Commit(gitserver.Change{Branch: "fork", Onto: old, Message: "Serve five",
		Files: merged(scaled(5), map[string]string{"policies/notes.txt": "so that rules seem to come with it"})})
	w.repo.Commit(gitserver.Change{Onto: fork, Merge: []string{head}, Message: "Merge main",
		Files: merged(strict(), approval), Delete: []string{"policies/notes.txt"}})
	w.held(dev, "echo", "two replicas are enough")
	w.stays(dev, "echo", 1)
}

// What comes with rules is judged by those before, and also by stricter ones that come into force while it is held.
func TestWhatComesWithRulesIsNotExemptFromLaterOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	at := time.Now().Add(12 * time.Second).UTC().Truncate(time.Second).Format(time.RFC3339)
	w.commit("Serve echo", merged(environment, scaled(1), policy("not-before", "change.kind == 'new' || now >= timestamp('"+at+"')", "it is too early",
		fmt.Sprintf("  auditAnnotations:\n  - {key: again, valueExpression: \"'%s'\"}\n", at))))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Serve five, and another rule", merged(scaled(5), policy("other", "true", "other")))
	w.held(dev, "echo", "it is too early")
	w.commit("At most two", strict())
	w.inForce()
	w.held(dev, "echo", "two replicas are enough") // the rules before would let it in by now
	w.stays(dev, "echo", 1)

	const file = "environments/dev/environment.yaml"
	w.commit("Serve two, and say why", merged(scaled(2), map[string]string{file: "# because\n" + environment[file]}))
	w.eventually(func() error { // a comment is no rule, so that the rules in force judge
		if n := w.replicas(dev, "echo"); n != 2 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
}

// Approvals of rules stay in history. With them, nobody can go back to rules that were replaced.
func TestRulesDoNotReturnByTheApprovalsOfBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := newPerson(t, "ada", 1)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, trusting(ada), strict(), scaled(1)))
	stop := w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Anything goes", loose())
	once := w.approves(ada)
	w.commit("At most two", merged(strict(), map[string]string{"policies/why.txt": "it was too much"}))
	w.approves(ada)

	w.repo.Commit(gitserver.Change{Message: "Anything goes again", Files: merged(loose(), once), Delete: []string{"policies/why.txt"}})
	w.commit("Serve five", scaled(5))
	w.held(dev, "echo", "two replicas are enough")
	w.problemWithRules("trust/approvals/ada.yaml: it is of when these rules were in force before: approve them again")
	stop()
	w.start(w.config())
	w.held(dev, "echo", "two replicas are enough")
	w.stays(dev, "echo", 1)
	w.problemWithRules("it is of when these rules were in force before")

	w.approves(ada) // which ends later
	w.eventually(func() error {
		if n := w.replicas(dev, "echo"); n != 5 {
			return fmt.Errorf("%d replicas", n)
		}
		return nil
	})
}

func TestARemovalIsNotJudgedByTheRulesThatComeWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev", "  prune: {maxPercent: 100}\n")
	w.commit("Serve echo", merged(environment, scaled(1), policy("stays", "change.kind != 'removal'", "nothing is removed here")))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.repo.Commit(gitserver.Change{Message: "Remove both", Delete: []string{"environments/dev/echo", "policies/stays.yaml"}})
	w.held(dev, "echo", "stays: nothing is removed here")
	w.stays(dev, "echo", 1)
}

// While an environment is broken or suspended, nothing leaves it, also not what waits to go.
func TestAHeldRemovalWaitsForItsEnvironment(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]string{
		"suspended":       "  prune: {maxPercent: 100}\n  suspend: true\n",
		"no such policy":  "  prune: {maxPercent: 100}\n  policies: [{name: none-such}]\n",
		"no such field":   "  prune: {maxPercent: 100}\n  policy: [{name: none-such}]\n",
		"too many at one": "  prune: {maxPercent: 10}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			dev, environment := w.environment("dev", "  prune: {maxPercent: 100}\n")
			stays := policy("stays", "change.kind != 'removal'", "nothing is removed here")
			w.commit("Serve echo", merged(environment, scaled(1), stays))
			w.start(w.config())
			w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
			w.remove("environments/dev/echo")
			w.held(dev, "echo", "stays: nothing is removed here")

			file := "environments/dev/environment.yaml"
			w.repo.Commit(gitserver.Change{Message: "Break it", Files: map[string]string{
				file: strings.TrimSuffix(environment[file], "  prune: {maxPercent: 100}\n") + broken}, Delete: []string{"policies/stays.yaml"}})
			w.polls(3)
			w.stays(dev, "echo", 1)
			w.commit("Mend it", environment)
			w.gone(&appsv1.Deployment{}, dev, "echo")
		})
	}
}

// A label is a change too, and not one to be made after the decision.
func TestALabelIsJudgedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	const file = "environments/dev/echo/model.yaml"
	with := func(labels string) map[string]string {
		return map[string]string{file: strings.Replace(echo("echo"), "  name: echo\n", "  name: echo\n  labels: {"+labels+"}\n", 1)}
	}
	w.commit("Serve echo", merged(environment, with("team: search"), policy("has-team", "descriptor.metadata.?labels[?'team'].hasValue()", "nobody can be called")))
	w.start(w.config())
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Forget the team", with("tier: one"))
	w.held(dev, "echo", "has-team: nobody can be called")
	w.commit("Have another team", with("team: chat"))
	w.when(dev, "echo", func(found *v1alpha1.ModelDeployment) error {
		if got := found.Labels["team"]; got != "chat" {
			return fmt.Errorf("the team is %q", got)
		}
		return nil
	})
}
