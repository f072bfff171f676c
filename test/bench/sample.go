package main

import (
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// sample is what the agent's metrics say at one moment.
type sample struct {
	started, cpu, memory       float64
	requests, renders, applied float64
}

// sample reads the agent's metrics. It is zero while no agent answers.
func (w *workplace) sample() sample {
	response, err := http.Get("http://" + w.address + "/metrics")
	if err != nil {
		return sample{}
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return sample{}
	}
	return sample{
		started:  sum(families["process_start_time_seconds"]),
		cpu:      sum(families["process_cpu_seconds_total"]),
		memory:   sum(families["process_resident_memory_bytes"]),
		requests: sum(families["penstock_api_requests_total"]),
		renders:  sum(families["penstock_renders_total"]),
		applied:  sum(families["penstock_reconciles_total"], "applied"),
	}
}

// sum adds up a family's metrics, or those of them that have a label of that value.
func sum(family *dto.MetricFamily, values ...string) (total float64) {
	for _, metric := range family.GetMetric() {
		if len(values) == 0 || hasValue(metric, values[0]) {
			total += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return total
}

func hasValue(metric *dto.Metric, value string) bool {
	for _, label := range metric.GetLabel() {
		if label.GetValue() == value {
			return true
		}
	}
	return false
}
