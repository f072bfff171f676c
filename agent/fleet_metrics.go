package agent

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock-dev/penstock/render/fleet"
)

// fleetCollector tells what the cluster has of each kind of GPU, as the watches have seen it. It counts when it
// is asked.
type fleetCollector struct {
	fleet             func() *fleet.Fleet // nil when it is not known
	allocatable, used *prometheus.Desc
}

func newFleetCollector(known func() *fleet.Fleet) *fleetCollector {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("penstock_fleet_"+name, help, []string{"product", "resource"}, nil)
	}
	return &fleetCollector{
		fleet:       known,
		allocatable: describe("allocatable", "GPUs, MIG slices or DRA devices that the nodes offer."),
		used:        describe("used", "Those of them that pods have."),
	}
}

// Describe implements prometheus.Collector.
func (c *fleetCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.allocatable
	out <- c.used
}

// Collect implements prometheus.Collector.
func (c *fleetCollector) Collect(out chan<- prometheus.Metric) {
	known := c.fleet()
	if known == nil {
		return
	}
	for _, use := range known.Products() {
		out <- prometheus.MustNewConstMetric(c.allocatable, prometheus.GaugeValue, float64(use.Allocatable), use.Product, use.Resource)
		out <- prometheus.MustNewConstMetric(c.used, prometheus.GaugeValue, float64(use.Used), use.Product, use.Resource)
	}
}
