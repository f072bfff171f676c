package e2e

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// A Git server that is away stops nothing that is known already, and nothing of what happened meanwhile is lost.
func TestAGitServerThatIsAwayCostsNoRecord(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	dev, environment := w.environment("dev", key.signs())
	w.commit("Serve echo", merged(environment, steady("one", takesBack)))
	w.start(w.signing(key))
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.recorded("dev", records.Admitted, records.Applied, records.Healthy)
	w.readOnly(true)
	w.commit("Serve a broken echo", crashing(takesBack))
	w.eventually(func() error { // what goes wrong meanwhile is taken back
		found, err := w.deployment(dev, "echo")
		if err == nil && found.Status.Rollback == nil {
			err = fmt.Errorf("not yet taken back: %+v", found.Status.Conditions)
		}
		return err
	})
	w.told("dev/echo", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied, records.Degraded,
		records.RolledBack, records.Applied, records.Healthy)
	w.readOnly(false)
	facts := w.recorded("dev", records.Admitted, records.Applied, records.Healthy, records.Admitted, records.Applied, records.Degraded,
		records.RolledBack, records.Applied, records.Healthy, records.Promoted) // and now the revert can be proposed
	w.verifyOnce("dev", key)
	for i := 1; i < len(facts); i++ {
		if facts[i].Time.Before(facts[i-1].Time) {
			t.Errorf("fact %d is of %s, before the one before", facts[i].Sequence, facts[i].Time)
		}
	}
	if now := time.Now(); facts[len(facts)-1].Time.After(now) {
		t.Errorf("the last fact is of %s, and now is %s", facts[len(facts)-1].Time, now)
	}
}
