package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// recordsKey is a key that signs records.
type recordsKey struct {
	dir    string // as a mounted Secret
	public string // as environment.yaml lists it
	signer ssh.Signer
}

func newRecordsKey(t *testing.T) recordsKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "identity"), pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return recordsKey{dir: dir, public: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), signer: signer}
}

// signs is the part of an environment.yaml that says who signs its records.
func (k recordsKey) signs() string {
	return "  records: {keys: [{publicKey: " + k.public + "}]}\n"
}

// trusted is the part of an environment.yaml that takes the records of another one as evidence.
func (k recordsKey) trusted(environment string) string {
	return fmt.Sprintf("  evidence: [{environment: %s, keys: [{publicKey: %s}]}]\n", environment, k.public)
}

// signing is the configuration of an agent that signs its records.
func (w *world) signing(key recordsKey) agent.Config {
	w.t.Helper()
	config := w.config()
	config.RecordsKeyDir = key.dir
	return config
}

// written are the facts on the branch of an environment, in order.
func (w *world) written(environment string) (facts []records.Fact) {
	w.t.Helper()
	branch := "refs/heads/" + records.Branch(environment)
	listed, err := w.repo.Git(nil, "ls-tree", "-r", "--name-only", branch)
	if err != nil {
		return nil // not there yet
	}
	for path := range strings.Lines(listed) {
		path = strings.TrimSpace(path)
		if _, ok := records.ParsePath(path); !ok {
			continue
		}
		data, err := w.repo.Git(nil, "cat-file", "blob", branch+":"+path)
		if err != nil {
			w.t.Fatal(err)
		}
		fact, problems := records.Unmarshal(path, []byte(data+"\n"))
		if err := problems.Err(); err != nil {
			w.t.Fatal(err)
		}
		facts = append(facts, fact)
	}
	slices.SortFunc(facts, func(a, b records.Fact) int { return int(a.Sequence) - int(b.Sequence) })
	return facts
}

// pending are the facts about an environment that are in the cluster alone.
func (w *world) pending(environment string) (facts []records.Fact) {
	w.t.Helper()
	kept, err := journal.Open(w.t.Context(), journal.Config{ConfigMaps: w.clients.CoreV1().ConfigMaps(w.agentNS), Name: agent.DefaultName})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, entry := range kept.Pending(environment) {
		facts = append(facts, entry.Facts...)
	}
	return facts
}

// facts are those about a unit, in Git and then in the cluster.
func (w *world) facts(unit string) (about []records.Fact) {
	w.t.Helper()
	environment, _, _ := strings.Cut(unit, "/")
	seen := map[string]bool{}
	for _, f := range append(w.written(environment), w.pending(environment)...) {
		if f.Unit() == unit && !seen[f.ID] {
			about = append(about, f)
		}
		seen[f.ID] = true
	}
	return about
}

func kindsOf(facts []records.Fact) []records.Kind {
	var kinds []records.Kind
	for _, f := range facts {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

// told waits until just these kinds of facts about a unit are there, in this order.
func (w *world) told(unit string, kinds ...records.Kind) {
	w.t.Helper()
	w.eventually(func() error {
		if got := kindsOf(w.facts(unit)); !slices.Equal(got, kinds) {
			return fmt.Errorf("told are %v, want %v", got, kinds)
		}
		return nil
	})
}

// recorded waits until just these kinds of facts are in Git, and nothing is left to write.
func (w *world) recorded(environment string, kinds ...records.Kind) []records.Fact {
	w.t.Helper()
	var facts []records.Fact
	w.eventually(func() error {
		facts = w.written(environment)
		if got := kindsOf(facts); !slices.Equal(got, kinds) {
			return fmt.Errorf("in Git are %v, want %v", got, kinds)
		}
		if left := w.pending(environment); len(left) > 0 {
			return fmt.Errorf("not written yet are %v", kindsOf(left))
		}
		return nil
	})
	return facts
}

// verify checks the branch of an environment as an auditor does, from what the server has.
func (w *world) verify(environment string, keys ...recordsKey) (*records.Ledger, error) {
	w.t.Helper()
	clone, err := source.OpenClone(w.repo.Dir())
	if err != nil {
		w.t.Fatal(err)
	}
	defer clone.Close()
	var listed []v1alpha1.RecordKey
	for _, k := range keys {
		listed = append(listed, v1alpha1.RecordKey{PublicKey: k.public})
	}
	trusted, problems := records.NewKeys(environment, listed)
	if err := problems.Err(); err != nil {
		w.t.Fatal(err)
	}
	tip, err := w.repo.Git(nil, "rev-parse", "refs/heads/"+records.Branch(environment))
	if err != nil {
		w.t.Fatal(err)
	}
	return records.Verify(w.t.Context(), clone, tip, records.Options{Environment: environment, Keys: trusted, Now: time.Now()})
}

// verified fails the test unless the branch holds.
func (w *world) verified(environment string, keys ...recordsKey) *records.Ledger {
	w.t.Helper()
	ledger, err := w.verify(environment, keys...)
	if err != nil {
		w.t.Fatal(err)
	}
	return ledger
}

func TestWhatTheAgentDoesIsWrittenToGit(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs(), "  prune: {maxPercent: 100}\n")
	first := w.commit("Serve echo", merged(environment, scaled(1), policy("few", atMostTwo, "two replicas are enough")))
	w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	facts := w.recorded("dev", records.Admitted, records.Applied, records.Healthy)

	admitted := facts[0].Data
	if admitted.Source.Commit != first || admitted.Decision.Verdict != "Admit" || len(admitted.Decision.Evaluated) == 0 || admitted.Decision.Now.IsZero() {
		t.Errorf("the decision is told as %+v of %+v", admitted.Decision, admitted.Source)
	}
	if in := admitted.Inputs; in.Rules == "" || in.RulesCommit != first || in.Objects == "" || len(in.Files) != 1 || in.Content == "" {
		t.Errorf("the inputs are told as %+v", in)
	}
	if len(facts[1].Data.Objects) == 0 || facts[1].Data.Release.ID != admitted.Release.ID || facts[1].Data.Agent.Installation == "" {
		t.Errorf("what was applied is told as %+v", facts[1].Data)
	}

	w.commit("Serve too many", scaled(5))
	w.held(dev, "echo", "two replicas are enough")
	w.commit("Serve a fault", map[string]string{"environments/dev/echo/model.yaml": "kind: [\n"})
	w.ready(dev, "echo", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	w.repo.Commit(gitserver.Change{Message: "Serve nothing", Delete: []string{"environments/dev/echo"}})
	w.gone(&v1alpha1.ModelDeployment{}, dev, "echo")
	facts = w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Held, records.Refused, records.Admitted, records.Pruned)
	if !strings.Contains(facts[3].Data.Message, "two replicas are enough") || !strings.Contains(facts[4].Data.Problems[0], "model.yaml") {
		t.Errorf("told are %q and %q", facts[3].Data.Message, facts[4].Data.Problems)
	}
	if facts[5].Data.Decision.Change != "removal" || len(facts[6].Data.Objects) == 0 {
		t.Errorf("the removal is told as %+v and %+v", facts[5].Data.Decision, facts[6].Data)
	}
	if ledger := w.verified("dev", key); ledger.Len() != len(facts) {
		t.Errorf("%d facts are verified, want %d", ledger.Len(), len(facts))
	}
	if said, err := w.repo.Git(nil, "log", "-1", "--format=%s", "penstock/records/dev"); err != nil || !strings.Contains(said, "dev/echo") {
		t.Errorf("git log says %q (%v)", said, err)
	}
}

func TestNothingNewIsNoRecord(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs())
	w.commit("Serve echo", merged(environment, scaled(1)))
	stop := w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
	w.polls(2)

	w.front.Reset()
	since := time.Now()
	w.polls(10)
	if n := w.front.Count("git-upload-pack") + w.front.Count("git-receive-pack"); n != 0 {
		t.Errorf("%d fetches and pushes", n)
	}
	requests, err := w.cp.Requests(since)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		if (r.Namespace == dev || r.Namespace == w.agentNS) && r.Resource != "leases" && strings.HasPrefix(r.UserAgent, "penstock") {
			t.Errorf("%s %s by %s", r.Verb, r.URI, r.UserAgent)
		}
	}
	w.commit("Say something else", map[string]string{"README.md": "hello"})
	w.polls(3)
	stop()
	w.start(w.signing(key))
	w.polls(5)
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
}

func TestRecordsWaitInTheClusterWhileTheyCannotBeWritten(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs())
	w.commit("Serve echo", merged(environment, scaled(1)))
	w.readOnly(true)
	stop := w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.told("dev/echo", records.Admitted, records.Applied, records.Healthy)
	w.problemOfRecords("dev", "push")
	if facts := w.written("dev"); len(facts) > 0 {
		t.Fatalf("written are %v", kindsOf(facts))
	}
	w.commit("Serve more", scaled(2)) // it works on
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	stop()
	w.readOnly(false)
	w.start(w.signing(key)) // another agent writes what this one could not
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied)
	w.verified("dev", key)
}

func TestWithoutAKeyRecordsStayInTheClusterAndTheAgentSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("echo")
	w.told("dev/echo", records.Admitted, records.Applied, records.Healthy)
	w.problemOfRecords("dev", "there is no key to sign with")
}

func TestAKeyThatTheEnvironmentDoesNotListWritesNothing(t *testing.T) {
	t.Parallel()
	w, key, other := newWorld(t), newRecordsKey(t), newRecordsKey(t)
	dev, environment := w.environment("dev", other.signs())
	w.commit("Serve echo", merged(environment, scaled(1)))
	w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.problemOfRecords("dev", "spec.records.keys")
	w.commit("List the key", map[string]string{"environments/dev/environment.yaml": strings.Replace(environment["environments/dev/environment.yaml"], other.public, key.public, 1)})
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
}

// readOnly has the server refuse pushes, or take them again.
func (w *world) readOnly(is bool) {
	w.t.Helper()
	if _, err := w.repo.Git(nil, "config", "http.receivepack", fmt.Sprint(!is)); err != nil {
		w.t.Fatal(err)
	}
}

// problemOfRecords waits until the agent's state says why records are not written.
func (w *world) problemOfRecords(environment, part string) {
	w.t.Helper()
	w.eventually(func() error {
		state, err := agent.LoadState(w.t.Context(), w.clients, w.agentNS, agent.DefaultName)
		if err != nil {
			return err
		}
		if got := state.Records[environment]; !strings.Contains(got.Problem, part) {
			return fmt.Errorf("no %q in %+v", part, got)
		}
		return nil
	})
}

func TestNothingIsAddedToABranchThatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(w *world, stranger recordsKey){
		"another's commit": func(w *world, _ recordsKey) {
			w.repo.Commit(gitserver.Change{Branch: records.Branch("dev"), Message: "Add", Files: map[string]string{"echo/note.txt": "x"}})
		},
		"a foreign key": func(w *world, stranger recordsKey) {
			w.repo.Commit(gitserver.Change{Branch: records.Branch("dev"), Message: "Add", Files: map[string]string{"echo/note.txt": "x"}, Signer: stranger.signer})
		},
		"truncated": func(w *world, _ recordsKey) {
			if _, err := w.repo.Git(nil, "update-ref", "refs/heads/"+records.Branch("dev"), "refs/heads/"+records.Branch("dev")+"~1"); err != nil {
				w.t.Fatal(err)
			}
		},
		"deleted": func(w *world, _ recordsKey) {
			if _, err := w.repo.Git(nil, "update-ref", "-d", "refs/heads/"+records.Branch("dev")); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, key := newWorld(t), newRecordsKey(t)
			dev, environment := w.environment("dev", key.signs())
			w.commit("Serve echo", merged(environment, scaled(1)))
			w.start(w.signing(key))
			w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
			w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
			w.commit("Serve two", scaled(2))
			w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied)
			w.polls(2)

			tamper(w, newRecordsKey(t))
			tip, _ := w.repo.Git(nil, "rev-parse", "--verify", "--quiet", "refs/heads/"+records.Branch("dev"))
			w.polls(2)
			w.commit("Serve one", scaled(1))
			w.problemOfRecords("dev", "nothing is added")
			w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
			w.polls(2)
			if now, _ := w.repo.Git(nil, "rev-parse", "--verify", "--quiet", "refs/heads/"+records.Branch("dev")); now != tip {
				t.Errorf("the branch moved from %q to %q", tip, now)
			}
			if left := w.pending("dev"); len(left) == 0 {
				t.Error("what could not be written is lost")
			}
		})
	}
}

func TestADecisionThatHasToBeInGitIsThereBeforeItTakesEffect(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", strings.Replace(key.signs(), "{keys", "{required: true, keys", 1))
	w.commit("Serve echo", merged(environment, scaled(1)))
	w.readOnly(true)
	w.start(w.signing(key))
	w.held(dev, "echo", "in Git before it takes effect")
	w.polls(3)
	if found, err := w.deployment(dev, "echo"); err != nil || found.Status.Digest != "" {
		t.Fatalf("it was applied (%v)", err)
	}
	w.readOnly(false)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	facts := w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
	commits, err := w.repo.Git(nil, "rev-list", "--count", "penstock/records/dev")
	if err != nil || commits == "1" {
		t.Errorf("%d facts came in %s commit (%v): the decision was not there first", len(facts), commits, err)
	}
}

// Two agents that nobody told apart do the same work twice; what they write must still be one chain with everything in it.
func TestTwoAgentsOnOneEnvironmentLoseNothing(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs())
	files := environment
	for i := range 6 {
		model := fmt.Sprintf("echo-%d", i)
		files = merged(files, map[string]string{"environments/dev/" + model + "/model.yaml": echo(model)})
	}
	w.commit("Serve six", files)
	one, two := w.signing(key), w.signing(key)
	two.Name, two.Identity = "penstock-two", "agent-1"
	w.start(one)
	w.start(two)
	for i := range 6 {
		w.ready(dev, fmt.Sprintf("echo-%d", i), metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	}
	w.eventually(func() error {
		told := map[string]bool{}
		for _, f := range w.written("dev") {
			if f.Kind == records.Healthy {
				told[f.Model] = true
			}
		}
		if len(told) != 6 {
			return fmt.Errorf("healthy are %v", slices.Sorted(maps.Keys(told)))
		}
		return nil
	})
	ids := map[string]bool{}
	for _, f := range w.written("dev") {
		if ids[f.ID] {
			t.Errorf("%s about %s is there twice", f.Kind, f.Unit())
		}
		ids[f.ID] = true
	}
	w.verified("dev", key)
}

func TestAForgeryIsNamed(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs())
	w.commit("Serve echo", merged(environment, scaled(1)))
	w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
	bad := w.repo.Commit(gitserver.Change{Branch: records.Branch("dev"), Message: "Add", Files: map[string]string{"echo/note.txt": "x"}, Signer: newRecordsKey(t).signer})
	var broken *records.BranchError
	if _, err := w.verify("dev", key); !errors.As(err, &broken) || broken.Commit != bad {
		t.Errorf("got %v", err)
	}
}
