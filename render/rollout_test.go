package render

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/penstock-dev/penstock/render/fit"
)

// TestWithRolloutChangesTheWorkloadAlone: what others have room for is no part of what Git asks for, so the digest
// stays; and the objects that were rendered stay as they were.
func TestWithRolloutChangesTheWorkloadAlone(t *testing.T) {
	o := rendered(t, descriptor("", "", onGPU))
	for _, c := range []struct {
		rollout            Rollout
		kind               appsv1.DeploymentStrategyType
		surge, unavailable string
	}{
		{Rollout{MaxSurge: 1}, "RollingUpdate", "1", "0"},
		{Rollout{MaxUnavailable: 1}, "RollingUpdate", "0", "1"},
		{Rollout{Recreate: true}, "Recreate", "", ""},
	} {
		changed := o.WithRollout(c.rollout)
		s := item[appsv1.Deployment](t, changed, "Deployment").Spec.Strategy
		equal(t, "type", s.Type, c.kind)
		if s.RollingUpdate != nil {
			equal(t, "surge", s.RollingUpdate.MaxSurge.String(), c.surge)
			equal(t, "unavailable", s.RollingUpdate.MaxUnavailable.String(), c.unavailable)
		}
		equal(t, "digest", changed.Digest, o.Digest)
	}
	equal(t, "the original's surge", item[appsv1.Deployment](t, o, "Deployment").Spec.Strategy.RollingUpdate.MaxSurge.String(), "0")
}

// TestWithRolloutOfGroups: a LeaderWorkerSet has its bounds elsewhere, and cannot be recreated.
func TestWithRolloutOfGroups(t *testing.T) {
	o := rendered(t, descriptor("", "", "accelerator: {product: NVIDIA-H100-80GB-HBM3, count: 8, nodes: 2}"))
	equal(t, "kind", o.Workload().GetKind(), "LeaderWorkerSet")
	equal(t, "pods", o.PodsPerReplica(), 2)
	for _, rollout := range []Rollout{{MaxSurge: 1}, {Recreate: true, MaxSurge: 1}} {
		changed := o.WithRollout(rollout).Workload()
		surge, _, _ := unstructured.NestedInt64(changed.Object, "spec", "rolloutStrategy", "rollingUpdateConfiguration", "maxSurge")
		equal(t, "surge", surge, 1)
		if _, has := changed.Object["spec"].(map[string]any)["strategy"]; has {
			t.Error("it has the strategy of a Deployment")
		}
	}
}

// TestExclusiveCache: a volume that one replica has alone keeps a second one waiting for ever
// (production-stack#107).
func TestExclusiveCache(t *testing.T) {
	for fields, want := range map[string]bool{
		"": false, "cache: {claimName: c}": false, "cache: {claim: {size: 50Gi}}": false,
		"cache: {claimName: c, accessMode: ReadWriteMany}":           false,
		"cache: {claimName: c, accessMode: ReadWriteOnce}":           true,
		"cache: {claim: {size: 50Gi}, accessMode: ReadWriteOncePod}": true,
	} {
		equal(t, fields, rendered(t, descriptor("", "", fields)).HasExclusiveCache(), want)
	}
}

// TestWorstOfSeveralGPUs: the scheduler may choose any of them.
func TestWorstOfSeveralGPUs(t *testing.T) {
	model := "accelerator: {products: [NVIDIA-H200, NVIDIA-L4]}"
	o := rendered(t, descriptor(", parameters: 40B, precision: bf16", "", model))
	worst, onGPU := Worst(o.Fits)
	if !onGPU || worst.Product.Name != "NVIDIA-L4" || worst.Estimate.Verdict != fit.DoesNotFit {
		t.Errorf("got %s: %s", worst.Product.Name, worst.Estimate.Verdict)
	}
	if _, onGPU := Worst(rendered(t, descriptor("", "")).Fits); onGPU {
		t.Error("a model on CPUs has a verdict about GPUs")
	}
	unknown, _ := Worst(rendered(t, descriptor("", "", "accelerator: {product: Somebody-Elses-GPU}")).Fits)
	equal(t, "a GPU that nobody knows", unknown.Estimate.Verdict, fit.Unknown)
}
