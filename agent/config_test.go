package agent

import (
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

func TestConfigIsCheckedBeforeAnythingStarts(t *testing.T) {
	good := Config{Cluster: &rest.Config{}, Namespace: "penstock-system", Identity: "pod-0"}
	if err := good.withDefaults().check(); err != nil {
		t.Fatalf("the smallest configuration: %v", err)
	}
	for want, spoil := range map[string]func(*Config){
		"no cluster is configured":                 func(c *Config) { c.Cluster = nil },
		"its own namespace is not known":           func(c *Config) { c.Namespace = "" },
		"its identity for leader election":         func(c *Config) { c.Identity = "" },
		"concurrency is -1; it must be at least 1": func(c *Config) { c.Concurrency = -1 },
		"the first backoff, 1h0m0s, is longer":     func(c *Config) { c.Backoff.Min = time.Hour },
		`schedule "often"`:                         func(c *Config) { c.Schedule = "often" },
	} {
		bad := good
		spoil(&bad)
		if err := bad.withDefaults().check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

func TestWithoutLeaderElectionNoIdentityIsNeeded(t *testing.T) {
	c := Config{Cluster: &rest.Config{}, Namespace: "n", NoLeaderElection: true}
	if err := c.withDefaults().check(); err != nil {
		t.Error(err)
	}
}
