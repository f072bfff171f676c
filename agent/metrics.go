package agent

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/journal"
	"github.com/penstock-dev/penstock/agent/records/writer"
	"github.com/penstock-dev/penstock/render"
)

// metrics are those of one agent, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry

	polls      *prometheus.CounterVec
	pollTime   prometheus.Histogram
	lastPoll   prometheus.Gauge
	commit     *prometheus.GaugeVec
	renders    *prometheus.CounterVec
	renderTime prometheus.Histogram
	reconciles *prometheus.CounterVec
	applyTime  prometheus.Histogram
	requests   *prometheus.CounterVec
	ready      *prometheus.GaugeVec
	gpus       *prometheus.GaugeVec
	held       *prometheus.GaugeVec
	decisions  *prometheus.CounterVec
	decideTime prometheus.Histogram
	blocked    *prometheus.GaugeVec

	pendingFacts *prometheus.GaugeVec
	unwritten    *prometheus.GaugeVec
	writtenFacts prometheus.Counter
	refusedRules prometheus.Gauge
	leader       prometheus.Gauge
}

func newMetrics() *metrics {
	unit := []string{"environment", "model"}
	m := &metrics{
		registry:     prometheus.NewRegistry(),
		polls:        counters("polls_total", "Polls of the repository by result: new, unchanged or failed.", "result"),
		pollTime:     histogram("poll_duration_seconds", "Time of one poll, fetch and plan included."),
		lastPoll:     gauge("last_poll_timestamp_seconds", "When a poll last succeeded."),
		commit:       gauges("commit_info", "The commit that is planned for; always 1.", "commit"),
		renders:      counters("renders_total", "Units rendered, by result.", "result"),
		renderTime:   histogram("render_duration_seconds", "Time to render one unit."),
		reconciles:   counters("reconciles_total", "Units reconciled, by result: applied, unchanged, held, refused, failed or removed.", append(unit, "result")...),
		applyTime:    histogram("apply_duration_seconds", "Time to apply one unit."),
		requests:     counters("api_requests_total", "Requests to the API server.", "method", "code"),
		ready:        gauges("unit_ready", "1 when the unit's Ready condition is True.", unit...),
		gpus:         gauges("unit_gpus", "GPUs that the unit asks for.", unit...),
		held:         gauges("prune_held_units", "Units that left Git and whose prune waits for a confirmation.", "environment"),
		decisions:    counters("policy_decisions_total", "Decisions on units, by verdict: Admit, Warn or Hold.", "environment", "verdict"),
		decideTime:   histogram("policy_decision_duration_seconds", "Time of one decision, with gathering what policies look at."),
		refusedRules: gauge("rules_refused", "1 while newer policies, trust or exceptions are not in force: they are wrong, or nobody approved them."),
		blocked:      gauges("unit_held", "1 for each policy that holds what Git asks for.", append(unit, "policy")...),
		pendingFacts: gauges("records_pending", "Facts that are kept in the cluster and are not in Git yet.", "environment"),
		unwritten:    gauges("records_problem", "1 while the records of the environment cannot be written to Git.", "environment"),
		writtenFacts: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "penstock", Name: "records_written_total", Help: "Facts that this agent wrote to Git."}),
		leader:       gauge("leader", "1 while this replica holds the lease."),
	}
	m.registry.MustRegister(m.polls, m.pollTime, m.lastPoll, m.commit, m.renders, m.renderTime, m.reconciles,
		m.applyTime, m.requests, m.ready, m.gpus, m.held, m.decisions, m.decideTime, m.blocked, m.refusedRules, m.leader, m.pendingFacts, m.unwritten, m.writtenFacts,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "penstock", Name: name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "penstock", Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "penstock", Name: name, Help: help})
}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "penstock", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
	})
}

func (m *metrics) timeRender(render func() (*render.Objects, error)) (*render.Objects, error) {
	defer since(m.renderTime, time.Now())
	objects, err := render()
	m.renders.WithLabelValues(result(err)).Inc()
	return objects, err
}

// decided notes a decision: which policies hold the unit now.
func (m *metrics) decided(unit apply.Ref, outcome gate.Outcome, took time.Duration) {
	m.decideTime.Observe(took.Seconds())
	m.decisions.WithLabelValues(unit.Environment, string(outcome.Verdict)).Inc()
	m.freed(unit)
	for _, f := range outcome.Findings {
		if f.Holds() {
			m.blocked.WithLabelValues(unit.Environment, unit.Name, f.Policy).Set(1)
		}
	}
}

// freed notes that nothing holds a unit.
func (m *metrics) freed(unit apply.Ref) {
	m.blocked.DeletePartialMatch(prometheus.Labels{"environment": unit.Environment, "model": unit.Name})
}

// since observes the time from start to now; use it with defer.
func since(h prometheus.Observer, start time.Time) { h.Observe(time.Since(start).Seconds()) }

func result(err error) string {
	if err != nil {
		return "failed"
	}
	return "succeeded"
}

// countRequests counts what goes to the API server.
func (m *metrics) countRequests(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(r)
		code := "error"
		if err == nil {
			code = strconv.Itoa(response.StatusCode)
		}
		m.requests.WithLabelValues(r.Method, code).Inc()
		return response, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// recorded tells how far the records are written.
func (m *metrics) recorded(scribe *writer.Writer, kept *journal.Journal) {
	m.pendingFacts.Reset()
	m.unwritten.Reset()
	for environment, count := range kept.Environments() {
		m.pendingFacts.WithLabelValues(environment).Set(float64(count))
	}
	for environment := range scribe.Problems() {
		m.unwritten.WithLabelValues(environment).Set(1)
	}
}
