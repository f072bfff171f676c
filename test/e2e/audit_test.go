package e2e

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/audit"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// audited opens what the server has, as an auditor does with a clone.
func (w *world) audited() *audit.Auditor {
	w.t.Helper()
	clone, err := source.OpenClone(w.repo.Dir())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { clone.Close() })
	a, err := audit.Open(audit.Config{Clone: clone, Now: time.Now().Add(time.Minute)})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// inWords is an answer as text.
func inWords(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a real agent records is verified, told and decided again by an auditor who has nothing but the repository.
func TestAnAuditorVerifiesAndDecidesAgainWhatTheAgentDid(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs(), "  prune: {maxPercent: 100}\n")
	w.commit("Serve echo", merged(environment, scaled(1), policy("few", atMostTwo, "two replicas are enough")))
	w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.commit("Say hello", map[string]string{"environments/dev/echo/notes.md": "hello\n"}) // changes nothing that is applied
	w.polls(2)
	w.commit("Serve two", scaled(2))
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied)
	w.commit("Serve too many", scaled(5))
	w.held(dev, "echo", "two replicas are enough")
	w.repo.Commit(gitserver.Change{Message: "Serve nothing", Delete: []string{"environments/dev/echo"}})
	w.gone(&v1alpha1.ModelDeployment{}, dev, "echo")
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied, records.Held, records.Admitted, records.Pruned)

	a := w.audited()
	v, err := a.Verify(t.Context(), audit.Git)
	if err != nil || v.Outcome() != audit.Holds {
		t.Fatalf("%v\n%s", err, inWords(t, v.WriteText))
	}
	again, err := a.ReplayAll(t.Context(), "dev", false)
	if err != nil || again.Differ+again.Untold > 0 || again.Agree != 6 {
		t.Errorf("%v\n%s", err, inWords(t, again.WriteText))
	}
	moment, err := a.At(t.Context(), "dev", time.Now(), "now", false)
	if err != nil || len(moment.Running) != 0 {
		t.Errorf("%+v, %v", moment, err)
	}
	log, err := a.Log(t.Context(), audit.Query{Environment: "dev", Model: "echo"})
	if err != nil {
		t.Fatal(err)
	}
	told := inWords(t, func(out io.Writer) error { return log.WriteText(t.Context(), out) })
	for _, part := range []string{"deny: few: two replicas are enough", "Serve too many", "left Git and was deleted"} {
		if !strings.Contains(told, part) {
			t.Errorf("no %q in:\n%s", part, told)
		}
	}
}
