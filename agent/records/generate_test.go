package records

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/ed25519"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
)

// year makes the records of a year, or of a part of it, as agents make them: three facts for each change, in two commits.
type year struct {
	units, changes int // changes a day, of the whole environment
	days           int // in which they happen; the last day may be cut short by facts
	facts          int // ends with so many, if it is not 0

	signer ssh.Signer
	random *rand.Rand
	pack   *packWriter
	tree   *growing
	head   Head
}

// made is a repository with records.
type made struct {
	dir     string
	commits []string // their ids, oldest first
	head    Head
	opts    Options
}

// make writes a bare repository with the branch.
func (y *year) make(tb testing.TB, dir string) made {
	tb.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	_, err := os.Stat(filepath.Join(dir, "HEAD"))
	there := err == nil
	if !there {
		git(tb, dir, "init", "--quiet", "--bare")
	}
	y.signer, _ = ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	y.random = rand.New(rand.NewPCG(1, 2))
	y.pack = newPackWriter(tb, filepath.Join(dir, "objects", "pack", "made.pack"))
	y.tree, _ = newGrowing(nil)
	m := made{dir: dir}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; y.facts == 0 && i < y.days*y.changes || y.facts > 0 && int(y.head.Sequence) < y.facts; i++ {
		at := began.Add(time.Duration(i) * 24 * time.Hour / time.Duration(y.changes)).Truncate(time.Millisecond)
		for _, facts := range y.change(fmt.Sprintf("model-%03d", y.random.IntN(y.units)), at) {
			m.commits = append(m.commits, y.commit(tb, facts, at.Add(time.Hour)))
		}
	}
	y.pack.close(tb)
	if there {
		os.Remove(y.pack.name)
	} else {
		git(tb, dir, "index-pack", y.pack.name)
		git(tb, dir, "update-ref", "refs/heads/"+Branch("staging"), y.head.Commit)
		git(tb, dir, "repack", "-a", "-d", "-f", "-q") // as git gc finds objects that were loose
		for _, leftover := range []string{".pack", ".idx"} {
			os.Remove(strings.TrimSuffix(y.pack.name, ".pack") + leftover)
		}
	}
	listed, problems := NewKeys("staging", []v1alpha1.RecordKey{{PublicKey: string(ssh.MarshalAuthorizedKey(y.signer.PublicKey()))}})
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	m.head, m.opts = y.head, Options{Environment: "staging", Keys: listed, Now: y.head.Time.Add(time.Hour)}
	return m
}

// hex is random, as digests are.
func (y *year) hex(n int) string {
	b := make([]byte, n/2)
	for i := range b {
		b[i] = byte(y.random.Uint32())
	}
	return hex.EncodeToString(b)
}

// change is what is told of one: it is let in, applied, and healthy.
func (y *year) change(model string, at time.Time) [][]Fact {
	unit := "environments/staging/" + model
	release := Release{Digest: "sha256:" + y.hex(64), Model: "hf://example/" + model, Revision: y.hex(40), Image: "vllm/vllm-openai:v0.11.0@sha256:" + y.hex(64), Previous: "rel-" + y.hex(7)}
	release.ID = "rel-" + release.Digest[7:14]
	source := &Source{Branch: "main", Commit: y.hex(40)}
	agent := Agent{Version: "v0.5.0", Identity: "penstock-agent-7d9fbc-x2v4q", Installation: "0b0c7f0e-6f0f-4d4b-9f0a-2f1f5a0f2d11"}
	fact := func(kind Kind, after time.Duration, d Data) Fact {
		d.Agent, d.Release, d.Message = agent, &release, fmt.Sprintf("%s %s of staging/%s", strings.ToLower(string(kind)), release.ID, model)
		return Fact{ID: y.hex(32), Kind: kind, Environment: "staging", Model: model, Time: at.Add(after), Data: d}
	}
	inputs := &Inputs{Content: "sha256:" + y.hex(64), Objects: "sha256:" + y.hex(64), Digest: y.hex(16), Rules: "sha256:8d74beec1be996322ad76813bafb92d40839895d6dd7ee808b17ca201eac98be", RulesCommit: source.Commit}
	for _, name := range []string{"base/" + model + "/model.yaml", unit + "/kustomization.yaml", unit + "/release.yaml", unit + "/placement.yaml"} {
		inputs.Files = append(inputs.Files, File{Name: name, SHA256: y.hex(64)})
	}
	since, grace := at.Add(-30*time.Hour), policies.Person{Name: "Grace Hopper", Email: "grace@example.com"}
	changed := *source
	changed.Changes = []policies.Commit{{ID: source.Commit, Subject: "Bring " + release.ID + " to staging", Author: grace, Committer: grace, Time: at,
		Signature: &policies.Signature{Kind: "ssh", Principals: []string{"grace@example.com"}, Fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrrAHzDu4xVc7NIfRYu3OZ5s", ByAuthor: true, ByCommitter: true}}}
	decision := &Decision{Decision: policies.Decision{Verdict: policies.Admit, Evaluated: []string{"image-by-digest", "model-by-revision", "promoted-from", "soak-time", "freeze-windows", "gpu-quota"}, Cost: 1840},
		Reason: "Admitted", Change: "release", Now: at, Evidence: map[string]policies.Evidence{"dev": {Healthy: true, HealthySince: &since}},
		Approvals: []policies.Approval{{Principal: "grace@example.com", Fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrrAHzDu4xVc7NIfRYu3OZ5s", Expires: at.Add(72 * time.Hour)}}}
	var objects []Object
	for _, kind := range []string{"Deployment", "Service", "ConfigMap", "PodDisruptionBudget"} {
		objects = append(objects, Object{Kind: kind, Namespace: "llm-staging", Name: model, Action: "configured"})
	}
	return [][]Fact{
		{fact(Admitted, 0, Data{Source: &changed, Inputs: inputs, Decision: decision})},
		{fact(Applied, 2*time.Second, Data{Source: source, Inputs: inputs, Objects: objects}),
			fact(Healthy, 40*time.Second, Data{Source: source, Health: &Health{Status: "Healthy", Message: "2 of 2 replicas are ready"}})},
	}
}

// commit writes the objects of a commit.
func (y *year) commit(tb testing.TB, facts []Fact, now time.Time) string {
	c, err := Append(y.head, "staging", facts, nil, now)
	if err != nil {
		tb.Fatal(err)
	}
	for path, data := range c.Files {
		if err := y.tree.put(path, y.pack.add("blob", data)); err != nil {
			tb.Fatal(err)
		}
	}
	y.pack.addTree(y.tree.root)
	person := fmt.Sprintf("%s <%s> %d +0000", c.Name, c.Email, c.Time.Unix())
	headers := "tree " + y.tree.id().String() + "\n"
	if c.Parent != "" {
		headers += "parent " + c.Parent + "\n"
	}
	headers += "author " + person + "\ncommitter " + person + "\n"
	armored, err := Sign(y.signer, []byte(headers+"\n"+c.Message))
	if err != nil {
		tb.Fatal(err)
	}
	signature := "gpgsig " + strings.ReplaceAll(strings.TrimSpace(string(armored)), "\n", "\n ") + "\n"
	id := y.pack.add("commit", []byte(headers+signature+"\n"+c.Message)).String()
	y.head = c.Committed(id)
	return id
}

// packWriter writes objects as a pack without deltas.
type packWriter struct {
	name  string
	file  *os.File
	w     *bufio.Writer
	count uint32
	have  map[objectID]bool
}

func newPackWriter(tb testing.TB, name string) *packWriter {
	file, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	p := &packWriter{name: name, file: file, w: bufio.NewWriter(file), have: map[objectID]bool{}}
	_, _ = p.w.WriteString("PACK\x00\x00\x00\x02\x00\x00\x00\x00")
	return p
}

var packKinds = map[string]byte{"commit": 1, "tree": 2, "blob": 3}

func (p *packWriter) add(kind string, data []byte) objectID {
	sum := sha1.New()
	fmt.Fprintf(sum, "%s %d\x00", kind, len(data))
	sum.Write(data)
	id := objectID(sum.Sum(nil))
	if p.have[id] {
		return id
	}
	p.have[id] = true
	p.count++
	first, rest := packKinds[kind]<<4|byte(len(data)&15), len(data)>>4
	for ; rest > 0; rest >>= 7 {
		_ = p.w.WriteByte(first | 0x80)
		first = byte(rest & 127)
	}
	_ = p.w.WriteByte(first)
	var z bytes.Buffer
	compressed, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	_, _ = compressed.Write(data)
	_ = compressed.Close()
	_, _ = p.w.Write(z.Bytes())
	return id
}

// addTree adds the directories that were looked into.
func (p *packWriter) addTree(d *growingDir) {
	p.add("tree", d.body())
	for _, e := range d.entries {
		if e.open != nil && !p.have[e.open.reckon()] {
			p.addTree(e.open)
		}
	}
}

// close writes how many objects there are, and the checksum.
func (p *packWriter) close(tb testing.TB) {
	_ = p.w.Flush()
	count := binary.BigEndian.AppendUint32(nil, p.count)
	_, err := p.file.WriteAt(count, 8)
	if err == nil {
		_, err = p.file.Seek(0, io.SeekStart)
	}
	sum := sha1.New()
	if err == nil {
		_, err = io.Copy(sum, p.file)
	}
	if err == nil {
		_, err = p.file.Write(sum.Sum(nil))
	}
	if err = cmpErr(err, p.file.Close()); err != nil {
		tb.Fatal(err)
	}
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func git(tb testing.TB, dir string, args ...string) string {
	tb.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
