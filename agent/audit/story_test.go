package audit_test

import (
	"testing"
	"time"

	"github.com/penstock-dev/penstock/agent/records"
)

// admitEverywhere brings echo 1.0 to dev and prod.
func (w *world) begin() *world {
	w.t.Helper()
	dev, prod := w.agent("dev"), w.agent("prod")
	dev.decide("echo")
	dev.apply("echo")
	w.later(time.Minute)
	dev.healthy("echo").write()
	w.later(time.Hour)
	w.commit(2, "Bring echo to prod", files{"environments/prod/echo/model.yaml": echo("echo", "1.0")})
	prod.decide("echo")
	prod.apply("echo")
	w.later(time.Minute)
	prod.healthy("echo").write()
	return w.later(time.Hour)
}

// tell is a history with everything in it that an auditor looks for.
func tell(t testing.TB) *world {
	w := newWorld(t).begin()
	dev, prod := w.agent("dev"), w.agent("prod")
	first := prod.admitted["echo"].commit

	w.commit(9, "Serve many", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 5}")}) // not signed, and too many
	prod.decide("echo")
	prod.write()
	w.later(time.Hour)
	w.commit(1, "Serve many all the same\n\nPenstock-Override: few\nPenstock-Override-Reason: the outage of today", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 6}")})
	prod.decide("echo")
	prod.apply("echo").write()
	w.later(time.Minute)
	prod.healthy("echo")
	prod.other(records.Drifted, "echo", records.Data{Message: "kubectl-edit changed .spec.replicas", Drift: []records.Drift{{
		Object: records.Object{Group: "apps", Kind: "Deployment", Name: "echo", Action: "kept"}, Field: ".spec.replicas", Wanted: "6", Found: "1", Manager: "kubectl-edit"}}}).write()
	w.later(24 * time.Hour)

	w.commit(2, "Try echo 2.0 <script>alert(1)</script> in dev", files{"environments/dev/echo/model.yaml": echo("echo", "2.0")})
	dev.decide("echo")
	dev.apply("echo").write()
	w.later(time.Hour)
	w.commit(2, "Promote echo 2.0 to prod", files{"environments/prod/echo/model.yaml": echo("echo", "2.0", "scaling: {min: 2}")})
	prod.decide("echo") // neither healthy in dev nor approved
	prod.write()
	w.later(time.Hour)
	dev.healthy("echo").other(records.Evaluated, "echo", records.Data{Message: "evaluated: quality passed", Evaluation: &records.Evaluation{
		Name: "quality", Passed: true, Metrics: map[string]float64{"acc": 0.68}, Finished: w.now}}).write()
	w.later(30 * time.Hour)
	w.commit(3, "Approve echo 2.0", w.approve(3, "prod/echo"))
	prod.decide("echo")
	prod.apply("echo").write()
	w.later(time.Minute)
	prod.healthy("echo")
	w.later(5 * time.Minute)
	prod.failed("echo").rollBack("echo", first).write()
	w.later(time.Minute)
	prod.healthy("echo").tell(records.Fact{Kind: records.Lost, Data: records.Data{Message: "2 facts were dropped", Lost: 2}})
	prod.write()
	w.later(24 * time.Hour)
	w.commit(2, "Serve nothing in prod", files{"environments/prod/echo/model.yaml": "", "environments/prod/echo/approvals/grace.yaml": ""})
	prod.decide("echo")
	prod.other(records.Pruned, "echo", records.Data{Message: "prod/echo left Git and was deleted", Source: &records.Source{Commit: prod.snapshot.Commit().Hash}}).write()
	w.later(time.Hour)
	return w
}

// Kinds, for short.
type kind = records.Kind

const (
	held       = records.Held
	overridden = records.Overridden
)

// releaseTwo is the id of echo 2.0.
func releaseTwo(w *world) string {
	w.t.Helper()
	return w.agent("dev").admitted["echo"].objects.ReleaseID
}
