package apply

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"
)

// readLive reads what the watches of a unit would hold.
func readLive(t testing.TB, file string) (map[Object]*unstructured.Unstructured, []*unstructured.Unstructured) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "health", file))
	if err != nil {
		t.Fatal(err)
	}
	live := map[Object]*unstructured.Unstructured{}
	var pods []*unstructured.Unstructured
	for doc := range strings.SplitSeq(string(raw), "\n---\n") {
		u := &unstructured.Unstructured{}
		content, err := yaml.YAMLToJSON([]byte(doc))
		if err == nil {
			err = u.UnmarshalJSON(content)
		}
		if err != nil {
			t.Fatalf("%s: %v in:\n%s", file, err, doc)
		}
		if u.GetKind() == "Pod" {
			pods = append(pods, u)
		} else {
			live[objectOf(u)] = u
		}
	}
	return live, pods
}

func TestJudgeUnit(t *testing.T) {
	const deployment = "Deployment prod/llama: "
	for file, want := range map[string]Health{
		"healthy.yaml":                {Healthy, "Healthy", deployment + "Deployment is available. Replicas: 2"},
		"not-observed.yaml":           {Progressing, "LatestGenerationNotObserved", deployment + "Deployment generation is 4, but latest observed generation is 3"},
		"container-not-ready.yaml":    {Progressing, "ContainerNotReady", deployment + "Available: 0/2; pod llama-6f-a: container server is not ready"},
		"unschedulable.yaml":          {Unschedulable, "Unschedulable", deployment + "Available: 0/2; pod llama-6f-a: 0/6 nodes are available: 1 node(s) had untolerated taint, 5 Insufficient nvidia.com/gpu."},
		"waiting-for-stopping.yaml":   {Progressing, "LessAvailable", deployment + "Available: 0/2"},
		"crash-of-before.yaml":        {Progressing, "LessAvailable", deployment + "Available: 0/2"},
		"crash.yaml":                  {Degraded, "CrashLoopBackOff", deployment + "Available: 0/2; pod llama-6f-a: container server: CrashLoopBackOff: back-off 1m20s restarting failed container, last ended with OOMKilled"},
		"image-pull.yaml":             {Degraded, "ImagePullBackOff", deployment + `Available: 0/2; pod llama-6f-a: container server: ImagePullBackOff: Back-off pulling image "vllm/vllm-openai:nope"`},
		"init-crash.yaml":             {Degraded, "CrashLoopBackOff", deployment + "Available: 0/2; pod llama-6f-a: container download: CrashLoopBackOff: back-off 20s restarting failed container, last ended with Error"},
		"pod-failed.yaml":             {Degraded, "Evicted", deployment + "Available: 0/2; pod llama-6f-a: The node was low on resource: memory."},
		"deadline.yaml":               {Degraded, "ProgressDeadlineExceeded", deployment + "Progress deadline exceeded; pod llama-6f-a: container server is not ready"},
		"deadline-unschedulable.yaml": {Unschedulable, "Unschedulable", deployment + "Progress deadline exceeded; pod llama-6f-a: 0/6 nodes are available: 1 node(s) had untolerated taint, 5 Insufficient nvidia.com/gpu."},
		"deadline-no-pods.yaml":       {Degraded, "ProgressDeadlineExceeded", deployment + "Progress deadline exceeded"},
		"pods-of-another.yaml":        {Progressing, "LessAvailable", deployment + "Available: 0/2"},
		"job-failed.yaml":             {Degraded, "JobFailed", "Job prod/warm: Job Failed. failed: 4/1"},
		"claim-pending.yaml":          {Progressing, "NotBound", "PersistentVolumeClaim prod/weights: PVC is not Bound. phase: Pending"},
		"external-secret.yaml":        {Progressing, "SecretSyncedError", "ExternalSecret prod/token: could not get secret data from provider"},
		"statefulset.yaml":            {Progressing, "LessReady", "StatefulSet prod/llama: Ready: 1/2"},
		"terminating.yaml":            {Progressing, "Terminating", deployment + "Resource scheduled for deletion"},
		"groups-new.yaml":             {Progressing, "InProgress", "LeaderWorkerSet prod/llama: groups updated: 0/2"},
		"groups-ready.yaml":           {Healthy, "Healthy", "LeaderWorkerSet prod/llama: groups ready: 2/2"},
		"groups-unschedulable.yaml":   {Unschedulable, "Unschedulable", "LeaderWorkerSet prod/llama: groups ready: 1/2; pod llama-1-1: 0/6 nodes are available: 6 Insufficient nvidia.com/gpu."},
		"several.yaml":                {Degraded, "JobFailed", "Job prod/warm: Job Failed. failed: 4/1"},
	} {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			live, pods := readLive(t, file)
			if diff := cmp.Diff(want, judgeUnit(nil, live, pods)); diff != "" {
				t.Errorf("nothing expected (-want +got):\n%s", diff)
			}
			var expected []Member
			for o, u := range live {
				expected = append(expected, Member{Object: o, UID: u.GetUID(), Generation: u.GetGeneration()})
			}
			if diff := cmp.Diff(want, judgeUnit(expected, live, pods)); diff != "" {
				t.Errorf("these expected (-want +got):\n%s", diff)
			}
		})
	}
}

// A watch lags behind a write; what it shows of the time before must not count.
func TestJudgeWaitsForTheWatch(t *testing.T) {
	live, pods := readLive(t, "healthy.yaml")
	deployment := Object{Group: "apps", Kind: "Deployment", Namespace: "prod", Name: "llama"}
	for name, c := range map[string]struct {
		uid        types.UID
		generation int64
		want       HealthStatus
	}{
		"seen":                    {"dep-1", 3, Healthy},
		"not seen yet":            {"dep-1", 4, Progressing},
		"made anew by somebody":   {"dep-0", 9, Healthy},
		"written before a change": {"dep-1", 2, Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			got := judgeUnit([]Member{{Object: deployment, UID: c.uid, Generation: c.generation}}, live, pods)
			if got.Status != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestJudgeMissing(t *testing.T) {
	config := Member{Object: Object{Kind: "ConfigMap", Namespace: "prod", Name: "llama"}}
	deployment := Member{Object: Object{Group: "apps", Kind: "Deployment", Namespace: "prod", Name: "llama"}}
	job := Member{Object: Object{Group: "batch", Kind: "Job", Namespace: "prod", Name: "warm"}}
	for name, c := range map[string]struct {
		expected []Member
		want     Health
	}{
		"nothing with a status": {[]Member{config}, Health{Healthy, "Healthy", "nothing of it has a status"}},
		"one":                   {[]Member{config, deployment}, Health{Missing, "NotFound", "Deployment prod/llama: it is not in the cluster"}},
		"two":                   {[]Member{job, deployment}, Health{Missing, "NotFound", "Deployment prod/llama: it is not in the cluster (and 1 more)"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, judgeUnit(c.expected, nil, nil)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What slim drops must not be missed.
func TestSlimKeepsTheVerdict(t *testing.T) {
	files, err := filepath.Glob("testdata/health/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		live, pods := readLive(t, filepath.Base(file))
		want := judgeUnit(nil, live, pods)
		for _, u := range live {
			_, _ = slim(u)
		}
		for _, u := range pods {
			_, _ = slim(u)
		}
		if diff := cmp.Diff(want, judgeUnit(nil, live, pods)); diff != "" {
			t.Errorf("%s (-full +slim):\n%s", file, diff)
		}
	}
}

func BenchmarkJudgeUnit(b *testing.B) {
	live, pods := readLive(b, "crash.yaml")
	b.ReportAllocs()
	for b.Loop() {
		judgeUnit(nil, live, pods)
	}
}
