package capacity_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/capacity"
	"github.com/penstock-dev/penstock/render/fleet"
)

const mixed = `
nodes:
- {name: h100, nodes: 2, gpus: 8, product: NVIDIA-H100-80GB-HBM3, memoryMiB: 81559, taint: true}
- {name: l4, nodes: 1, gpus: 4, product: NVIDIA-L4, memoryMiB: 23034, taint: true}
- {name: mig, nodes: 1, gpus: 2, product: NVIDIA-A100-SXM4-80GB, memoryMiB: 81920, taint: true, mig: {strategy: mixed, profiles: {1g.10gb: 7, 3g.40gb: 2}}}
- {name: dra, nodes: 2, gpus: 8, product: NVIDIA-H200, memoryMiB: 143771, taint: true, dra: true}
`

const h200 = `{requests: [{name: gpu, exactly: {deviceClassName: gpu.nvidia.com, count: %d, selectors: [{cel: {expression: "device.attributes['gpu.nvidia.com'].productName == 'NVIDIA H200'"}}]}}]}`

// TestPlaceAgreesWithTheScheduler creates as many pods as Place says fit, and one more, after some other pods took
// a part of the nodes.
func TestPlaceAgreesWithTheScheduler(t *testing.T) {
	s := newSite(t)
	s.nodes(mixed)
	s.look(capacity.Config{})
	s.until("all nodes are known", func() bool { return s.place(deployment{resource: "cpu", each: 1}, 6).Verdict == fleet.Fits })
	for _, c := range []struct {
		noise, d  deployment
		noises    int
		want      int
		remaining string
	}{
		{
			deployment{name: "noise-h100", resource: "nvidia.com/gpu", product: "NVIDIA-H100-80GB-HBM3", each: 3},
			deployment{name: "h100", resource: "nvidia.com/gpu", product: "NVIDIA-H100-80GB-HBM3", each: 2}, 3, 3,
			"no replica fits now: 2 more NVIDIA-H100-80GB-HBM3 on nodes with site=%s are missing; 1 is left free, 16 exist",
		},
		{
			deployment{name: "noise-mig", resource: "nvidia.com/mig-1g.10gb", each: 1},
			deployment{name: "mig", resource: "nvidia.com/mig-1g.10gb", each: 1}, 2, 5,
			"no replica fits now: 1 more nvidia.com/mig-1g.10gb of NVIDIA-A100-SXM4-80GB on nodes with site=%s is missing; 0 are left free, 7 exist",
		},
		{
			deployment{name: "noise-dra", template: fmt.Sprintf(h200, 5)},
			deployment{name: "dra", template: fmt.Sprintf(h200, 2)}, 1, 5,
			"no replica fits now: 2 more NVIDIA H200 on nodes with site=%s are missing; 1 is left free, 16 exist",
		},
	} {
		t.Run(c.d.name, func(t *testing.T) {
			c.noise.run(s, c.noises)
			c.noise.scheduled(s, c.noises, 0)
			s.until("Place expects what is left", func() bool { return s.place(c.d, 100).Fit == c.want })
			c.d.run(s, c.want)
			c.d.scheduled(s, c.want, 0)
			s.until("it is full", func() bool { return s.place(c.d, 1).Verdict == fleet.NoRoom })
			if got, want := s.place(c.d, 1).Message, fmt.Sprintf(c.remaining, s.label); got != want {
				t.Errorf("message:\n got %s\nwant %s", got, want)
			}
			c.d.run(s, c.want+1)
			c.d.scheduled(s, c.want, 1)
			own := func(p fleet.Pod) bool {
				return p.Namespace == s.ns && p.Labels["app.kubernetes.io/instance"] == c.d.name
			}
			p := s.fleet().Place(t.Context(), fleet.Workload{Pod: c.d.pod(s), Claims: c.d.claims(s), Replicas: 100}, own)
			if p.Fit != c.want {
				t.Errorf("in place of its own pods %d fit, want %d", p.Fit, c.want)
			}
			s.kubectl("", "-n", s.ns, "delete", "deployment", c.d.name)
			s.until("what its pods had is free", func() bool { return s.place(c.d, 100).Fit == c.want })
		})
	}
}

func TestANodeThatIsRemovedOrCordonedCountsNoMore(t *testing.T) {
	s := newSite(t)
	s.nodes(`nodes: [{name: l4, nodes: 2, gpus: 4, product: NVIDIA-L4, memoryMiB: 23034, taint: true}]`)
	s.look(capacity.Config{})
	l4 := deployment{name: "l4", resource: "nvidia.com/gpu", each: 4}
	s.until("both are known", func() bool { return s.place(l4, 2).Verdict == fleet.Fits })
	s.kubectl("", "cordon", s.label+"-l4-0")
	s.until("one is cordoned", func() bool { return s.place(l4, 2).Verdict == fleet.NoRoom })
	s.kubectl("", "delete", "node", s.label+"-l4-0")
	s.until("one is gone", func() bool { return s.place(l4, 2).Verdict == fleet.NotEnough })
}

func TestNodesAndDevicesThatComeLaterCount(t *testing.T) {
	s := newSite(t)
	s.look(capacity.Config{})
	dra := deployment{name: "dra", template: fmt.Sprintf(h200, 8)}
	s.until("there is none", func() bool {
		return s.place(dra, 1).Verdict == fleet.NoSuchNode || s.place(dra, 1).Verdict == fleet.NotEnough
	})
	s.nodes(`nodes: [{name: dra, nodes: 1, gpus: 8, product: NVIDIA-H200, memoryMiB: 143771, taint: true, dra: true}]`)
	s.until("there is one", func() bool { return s.place(dra, 1).Verdict == fleet.Fits })
}

// TestTheWatchCostsOneRequestPerKindAndNoneWhilePodsChange has 50 nodes.
func TestTheWatchCostsOneRequestPerKindAndNoneWhilePodsChange(t *testing.T) {
	s := newSite(t)
	s.nodes(`nodes: [{name: l4, nodes: 48, gpus: 4, product: NVIDIA-L4, memoryMiB: 23034, taint: true}, {name: dra, nodes: 2, gpus: 8, product: NVIDIA-H200, memoryMiB: 143771, taint: true, dra: true}]`)
	begin := time.Now()
	s.look(capacity.Config{})
	l4 := deployment{name: "l4", resource: "nvidia.com/gpu", each: 2}
	dra := deployment{name: "dra", template: fmt.Sprintf(h200, 2)}
	s.until("all are known", func() bool { return s.place(l4, 96).Verdict == fleet.Fits && s.place(dra, 8).Verdict == fleet.Fits })
	want := map[string]int{"get  200": 1, "watch nodes 200": 1, "watch pods 200": 1, "watch resourceslices 200": 1, "watch resourceclaims 200": 1, "watch deviceclasses 200": 1}
	if got := s.requests(begin); !maps.Equal(got, want) {
		t.Errorf("to begin: %v\nwant %v", got, want)
	}
	for _, r := range s.raw(begin) {
		if r.Resource == "pods" && !strings.Contains(r.URI, "fieldSelector=spec.nodeName") {
			t.Errorf("pods that use nothing are sent too: %s", r.URI)
		}
	}
	begin = time.Now()
	l4.run(s, 40)
	dra.run(s, 4)
	l4.scheduled(s, 40, 0)
	dra.scheduled(s, 4, 0)
	s.until("their pods are seen", func() bool { return s.place(l4, 96).Fit == 56 && s.place(dra, 8).Fit == 4 })
	s.kubectl("", "-n", s.ns, "delete", "deployment", "l4", "dra")
	s.until("they are gone", func() bool { return s.place(l4, 96).Fit == 96 && s.place(dra, 8).Fit == 8 })
	if got := s.requests(begin); len(got) != 0 {
		t.Errorf("while pods changed: %v", got)
	}
}

func TestAFleetIsMadeAgainOnlyAfterAChange(t *testing.T) {
	s := newSite(t)
	s.nodes(`nodes: [{name: cpu, nodes: 1}]`)
	s.look(capacity.Config{})
	cpu := deployment{name: "cpu", resource: "cpu", each: 1}
	s.until("it is known", func() bool { return s.place(cpu, 1).Verdict == fleet.Fits })
	s.until("nothing changes", func() bool {
		f := s.fleet()
		return f != nil && s.fleet() == f
	})
	s.kubectl("", "label", "node", s.label+"-cpu-0", "rack=r1")
	s.until("the label is seen", func() bool {
		pod := cpu.pod(s)
		pod.NodeSelector["rack"] = "r1"
		return s.fleet().Place(t.Context(), fleet.Workload{Pod: pod, Replicas: 1}, nil).Verdict == fleet.Fits
	})
}

// TestWithoutRightsItAsksNowAndThenAndSaysWhichAreMissing gives the rights in two steps.
func TestWithoutRightsItAsksNowAndThenAndSaysWhichAreMissing(t *testing.T) {
	const retry = 2 * time.Second
	s := newSite(t)
	s.nodes(mixed)
	begin := time.Now()
	s.look(capacity.Config{REST: s.user("[]"), Retry: retry})
	s.until("all five are missing", func() bool { return len(missing(s)) == 5 })
	if _, known := s.watch.Fleet(); known || !strings.Contains(s.watch.Problem().Error(), "may not watch nodes: nodes is forbidden") {
		t.Errorf("known: %t, problem: %v", known, s.watch.Problem())
	}
	s.grant("[" + coreRights + "]")
	s.until("nodes and pods are known", func() bool { _, known := s.watch.Fleet(); return known })
	if got := missing(s); len(got) != 3 || got["nodes"] || got["pods"] {
		t.Errorf("missing: %v", got)
	}
	if p := s.place(deployment{name: "d", template: fmt.Sprintf(h200, 1)}, 1); p.Verdict != fleet.Unknown {
		t.Errorf("devices: %s: %s", p.Verdict, p.Message)
	}
	s.grant("[" + coreRights + "," + deviceRights + "]")
	s.until("devices are known", func() bool {
		return s.place(deployment{name: "d", template: fmt.Sprintf(h200, 1)}, 1).Verdict == fleet.Fits
	})
	if err := s.watch.Problem(); err != nil {
		t.Error(err)
	}
	last := map[string]time.Time{}
	for _, r := range s.raw(begin) {
		if r.Code != http.StatusForbidden {
			continue
		}
		if before, again := last[r.Resource]; again && r.Time.Sub(before) < retry-100*time.Millisecond {
			t.Errorf("%s: asked again after %v", r.Resource, r.Time.Sub(before))
		}
		last[r.Resource] = r.Time
	}
	if len(last) != 5 {
		t.Errorf("forbidden: %v", last)
	}
}

// missing are the resources that Problem names.
func missing(s *site) map[string]bool {
	found := map[string]bool{}
	var joined interface{ Unwrap() []error }
	if !errors.As(s.watch.Problem(), &joined) {
		return found
	}
	for _, err := range joined.Unwrap() {
		var right *capacity.MissingRight
		if errors.As(err, &right) {
			found[right.Resource] = true
		}
	}
	return found
}

// older is a transport to an API server that does not know resource.k8s.io/v1.
type older struct{ next http.RoundTripper }

func (o older) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/apis/resource.k8s.io/v1") {
		return &http.Response{StatusCode: http.StatusNotFound, Request: r, Body: http.NoBody, Header: http.Header{}}, nil
	}
	return o.next.RoundTrip(r)
}

func TestAnAPIServerWithoutDevicesHasNone(t *testing.T) {
	s := newSite(t)
	s.nodes(mixed)
	cfg := rest.CopyConfig(s.cp.RESTConfig())
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return older{next} })
	s.look(capacity.Config{REST: cfg})
	s.until("the nodes are known", func() bool { return s.place(deployment{resource: "cpu", each: 1}, 6).Verdict == fleet.Fits })
	if p := s.place(deployment{name: "d", template: fmt.Sprintf(h200, 1)}, 1); p.Verdict != fleet.NotEnough || !strings.Contains(p.Message, "there is no DeviceClass gpu.nvidia.com") {
		t.Errorf("%s: %s", p.Verdict, p.Message)
	}
	if err := s.watch.Problem(); err != nil {
		t.Error(err)
	}
}

func TestAWatchRunsOnceAndClosesTwice(t *testing.T) {
	s := newSite(t)
	s.look(capacity.Config{})
	s.until("it is known", func() bool { _, known := s.watch.Fleet(); return known })
	if err := s.watch.Run(t.Context()); err == nil {
		t.Error("it ran twice")
	}
	s.watch.Close()
	s.watch.Close()
	if _, err := capacity.New(capacity.Config{}); err == nil {
		t.Error("it needs no cluster")
	}
}
