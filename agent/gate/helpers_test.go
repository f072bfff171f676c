package gate_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/policies/approval"
	"github.com/penstock-dev/penstock/render"
)

// now is when everything here is decided.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// scene is a repository before and after a change of prod/llama, and the commits in between.
type scene struct {
	t             *testing.T
	before, after fstest.MapFS
	commits       []source.Commit // newest first
	change        func(*gate.Subject)
}

// newScene has an environment with the given lines in its spec, and one model that does not change.
func newScene(t *testing.T, spec ...string) *scene {
	t.Helper()
	s := &scene{t: t, before: fstest.MapFS{}}
	s.writeTo(s.before, "environments/prod/environment.yaml", environment("prod", "staging", spec...))
	s.writeTo(s.before, "environments/staging/environment.yaml", environment("staging", ""))
	s.writeTo(s.before, "environments/prod/llama/model.yaml", model(1, "vllm/vllm-openai:v0.11.0", 2))
	s.after = copied(s.before)
	return s
}

func copied(tree fstest.MapFS) fstest.MapFS {
	all := fstest.MapFS{}
	for name, file := range tree {
		all[name] = file
	}
	return all
}

func environment(name, from string, spec ...string) string {
	text := "apiVersion: penstock.dev/v1alpha1\nkind: Environment\nmetadata:\n  name: " + name + "\nspec:\n  namespace: models-" + name + "\n"
	if from != "" {
		text += "  promotedFrom: " + from + "\n"
	}
	for _, line := range spec {
		text += "  " + line + "\n"
	}
	return text
}

// model is a descriptor of some revision, image and number of replicas.
func model(revision int, image string, replicas int) string {
	return fmt.Sprintf(`apiVersion: penstock.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: llama
spec:
  release:
    model:
      source: hf://meta-llama/Llama-3.1-8B-Instruct
      revision: abc%037d
    runtime:
      engine: vllm
      image: %s
  accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 1}
  scaling: {min: %d}
`, revision, image, replicas)
}

func (s *scene) writeTo(tree fstest.MapFS, name, text string) {
	tree[name] = &fstest.MapFile{Data: []byte(text)}
}

// both writes a file before the change, so that it is there after it too.
func (s *scene) both(name, text string) *scene {
	s.writeTo(s.before, name, text)
	return s.write(name, text)
}

// write writes a file with the change.
func (s *scene) write(name, text string) *scene {
	s.writeTo(s.after, name, text)
	return s
}

// load reads one side.
func (s *scene) load(tree fs.FS) (*environments.Tree, *gate.Rules, error) {
	s.t.Helper()
	loaded, err := environments.Load(tree, "environments")
	if err != nil {
		s.t.Fatal(err)
	}
	rules, problems := gate.LoadRules(tree, gate.Layout{}.WithDefaults(), loaded)
	return loaded, rules, problems.Err()
}

// rules are those of before, which judge.
func (s *scene) rules() *gate.Rules {
	s.t.Helper()
	_, rules, err := s.load(s.before)
	if err != nil {
		s.t.Fatal(err)
	}
	return rules
}

// render renders prod/llama of one side; nil when it is not there.
func (s *scene) render(tree fs.FS) *render.Objects {
	s.t.Helper()
	loaded, _, _ := s.load(tree)
	part, err := loaded.Select("prod/llama")
	if err != nil {
		return nil
	}
	objects, err := render.New().Render(tree, part.Units[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return objects
}

// subject is what is decided on.
func (s *scene) subject() *gate.Subject {
	s.t.Helper()
	subject := &gate.Subject{
		Wanted: s.render(s.after), Admitted: s.render(s.before), Commits: s.commits, Tree: s.after, Before: s.before,
		Environments: []string{"prod", "staging"}, Now: now, At: func(string) (fs.FS, error) { return s.after, nil },
	}
	if subject.Unit = nil; subject.Wanted != nil {
		subject.Unit = subject.Wanted.Unit
	} else {
		subject.Unit = subject.Admitted.Unit
	}
	subject.Files = subject.ChangedFiles()
	if s.change != nil {
		s.change(subject)
	}
	return subject
}

// decide asks the rules of before.
func (s *scene) decide() gate.Outcome {
	s.t.Helper()
	outcome, err := s.rules().Decide(s.t.Context(), s.subject())
	if err != nil {
		s.t.Fatal(err)
	}
	return outcome
}

// explain is Decide with all of the input.
func (s *scene) explain() gate.Outcome {
	s.t.Helper()
	outcome, err := s.rules().Explain(s.t.Context(), s.subject())
	if err != nil {
		s.t.Fatal(err)
	}
	return outcome
}

// key is one of several, always the same.
func key(t *testing.T, n byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// allowed is a line of a trust file.
func allowed(principal string, signer ssh.Signer) string {
	return principal + " " + string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

// commit is one by an author, signed if there is a signer.
func commit(t *testing.T, author, message string, signer ssh.Signer) source.Commit {
	t.Helper()
	person := fmt.Sprintf("Somebody <%s> %d +0000", author, now.Unix())
	head := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " + person + "\ncommitter " + person
	raw := head + "\n\n" + message
	if signer != nil {
		signature, err := sshsig.Sign(strings.NewReader(raw), signer, sshsig.HashSHA512, "git")
		if err != nil {
			t.Fatal(err)
		}
		armored := strings.TrimSpace(string(sshsig.Armor(signature)))
		raw = head + "\ngpgsig " + strings.ReplaceAll(armored, "\n", "\n ") + "\n\n" + message
	}
	who := source.Person{Name: "Somebody", Email: author, When: now}
	return source.Commit{Hash: "9b2f6c1d4e8a7350b1c2d3e4f5a697887766554f", Author: who, Committer: who, Message: message, Raw: []byte(raw)}
}

// approve is the file of an approval.
func approve(t *testing.T, signer ssh.Signer, unit, content string, expires time.Time) string {
	t.Helper()
	statement := approval.Statement{Unit: unit, Content: content, Expires: expires}
	armored, err := approval.Sign(signer, statement)
	if err != nil {
		t.Fatal(err)
	}
	return string(approval.Marshal("somebody", statement, armored))
}

// policyFile is a policy of one rule.
func policyFile(name, expression string, more ...string) string {
	return fmt.Sprintf("apiVersion: penstock.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: %s\nspec:\n  validations:\n  - expression: %q\n    message: no\n%s",
		name, expression, strings.Join(more, ""))
}

// gateSubject is shorter in tests.
type gateSubject = gate.Subject
