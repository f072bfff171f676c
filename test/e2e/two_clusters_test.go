package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// elsewhere is a world with a control plane of its own, that shares nothing with this one but the Git server.
func (w *world) elsewhere() *world {
	w.t.Helper()
	fleet := controlplane.DefaultFleet()
	cp, err := controlplane.Start(context.Background(), controlplane.Options{Fleet: &fleet})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			w.t.Error(err)
		}
	})
	other := worldOn(w.t, cp)
	other.repo, other.front = w.repo, w.front
	return other
}

// both is echo with one release in two environments.
func both(version string) map[string]string {
	model := echo("echo", fmt.Sprintf("env: [{name: VERSION, value: %s}]", version))
	return map[string]string{"environments/staging/echo/model.yaml": model, "environments/prod/echo/model.yaml": model}
}

func TestAgentsOfTwoClustersKnowEachOtherByGitAlone(t *testing.T) {
	t.Parallel()
	staging := newWorld(t)
	prod := staging.elsewhere()
	key, own := newRecordsKey(t), newRecordsKey(t)
	stagingNS, first := staging.environment("staging", key.signs())
	prodNS, second := prod.environment("prod", "  promotedFrom: staging\n  policies: [{name: promoted-from}]\n", own.signs(), key.trusted("staging"))
	staging.commit("Serve echo in both", merged(first, second, both("one")))

	there := prod.signing(own)
	there.Environments = []string{"prod"}
	stop := prod.start(there)
	prod.held(prodNS, "echo", "staging")
	here := staging.signing(key)
	here.Environments = []string{"staging"}
	staging.start(here)
	found := staging.ready(stagingNS, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	admitted := prod.ready(prodNS, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	t.Logf("from healthy in staging to healthy in prod: %s", admitted.Status.Releases[0].HealthySince.Sub(found.Status.Releases[0].HealthySince.Time))
	facts := prod.recorded("prod", records.Held, records.Admitted, records.Applied, records.Healthy)
	if e := facts[1].Data.Decision.Evidence["staging"]; !e.Healthy || e.HealthySince == nil {
		t.Errorf("the evidence of the decision is told as %+v", facts[1].Data.Decision.Evidence)
	}
	staging.recorded("staging", records.Admitted, records.Applied, records.Healthy)

	// Somebody who may push, and has no key that counts, says that the next release is healthy.
	good, err := staging.repo.Git(nil, "rev-parse", "penstock/records/staging")
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(){
		"foreign key": func() {
			staging.repo.Commit(gitserver.Change{Branch: records.Branch("staging"), Message: "Tell", Files: map[string]string{"echo/x.json": "{}"}, Signer: newRecordsKey(t).signer})
		},
		"truncated": func() { staging.repo.Reset(records.Branch("staging"), good+"~1") },
		"deleted": func() {
			if err := staging.repo.DeleteBranch(records.Branch("staging")); err != nil {
				t.Fatal(err)
			}
		},
		"another environment's": func() { staging.repo.Reset(records.Branch("staging"), "penstock/records/prod") },
	} {
		forge()
		prod.polls(2)
		staging.repo.Commit(gitserver.Change{Message: "Serve another in prod", Files: map[string]string{
			"environments/prod/echo/model.yaml": echo("echo", fmt.Sprintf("env: [{name: VERSION, value: %q}]", name))}})
		prod.held(prodNS, "echo", "the records of staging are no evidence")
		staging.repo.Reset(records.Branch("staging"), good)
		prod.polls(2)
	}
	stop()
	prod.start(there) // and a new agent knows the branch that the one before it knew
	staging.repo.Reset(records.Branch("staging"), good+"~1")
	prod.held(prodNS, "echo", "the records of staging are no evidence")
	staging.repo.Reset(records.Branch("staging"), good)
	prod.when(prodNS, "echo", func(found *v1alpha1.ModelDeployment) error {
		if text := message(found, v1alpha1.ConditionReady); strings.Contains(text, "no evidence") {
			return fmt.Errorf("still: %s", text)
		}
		return nil
	})
}
