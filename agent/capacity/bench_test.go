package capacity_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-dev/penstock/agent/capacity"
)

const (
	benchNodes = 1000
	benchPods  = 5000
)

// BenchmarkSync begins a watch of 1,000 nodes, half of them with devices, and 5,000 pods. It takes minutes to make
// them: go test -run xxx -bench Sync -benchtime 5x -timeout 30m ./agent/capacity
func BenchmarkSync(b *testing.B) {
	s := newSite(b)
	s.nodes(fmt.Sprintf(`
nodes:
- {name: h100, nodes: %[1]d, gpus: 8, product: NVIDIA-H100-80GB-HBM3, memoryMiB: 81559, taint: true}
- {name: dra, nodes: %[1]d, gpus: 8, product: NVIDIA-H200, memoryMiB: 143771, taint: true, dra: true}
`, benchNodes/2))
	s.fill()
	var heap, requests float64
	for b.Loop() {
		b.StopTimer()
		before, begin := heapInUse(), time.Now()
		b.StartTimer()
		watch := s.begin(b)
		b.StopTimer()
		heap += float64(heapInUse() - before)
		requests += float64(len(s.raw(begin)))
		watch.Close()
		b.StartTimer()
	}
	b.ReportMetric(heap/float64(b.N)/(1<<20), "MiB")
	b.ReportMetric(requests/float64(b.N), "requests/op")
}

// begin watches until the fleet is known.
func (s *site) begin(b *testing.B) *capacity.Watch {
	known := make(chan struct{}, 1)
	var watch *capacity.Watch
	watch, err := capacity.New(capacity.Config{REST: s.cp.RESTConfig(), Version: s.label, Settle: time.Millisecond, OnChange: func() {
		if _, ok := watch.Fleet(); ok {
			select {
			case known <- struct{}{}:
			default:
			}
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = watch.Run(context.Background()) }()
	<-known
	return watch
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// fill puts pods on the nodes, without the scheduler, which would take its time.
func (s *site) fill() {
	client := kubernetes.NewForConfigOrDie(s.cp.RESTConfig())
	making, ctx := errgroup.WithContext(s.Context())
	making.SetLimit(16)
	for i := range benchPods {
		making.Go(func() error {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%d", i), Labels: map[string]string{"app.kubernetes.io/instance": "bench"}},
				Spec: corev1.PodSpec{
					NodeName:    fmt.Sprintf("%s-h100-%d", s.label, i%(benchNodes/2)),
					Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
					Containers: []corev1.Container{{Name: "c", Image: "i", Resources: corev1.ResourceRequirements{
						Requests: corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("1Gi")},
					}}},
				},
			}
			_, err := client.CoreV1().Pods(s.ns).Create(ctx, pod, metav1.CreateOptions{})
			return err
		})
	}
	if err := making.Wait(); err != nil {
		s.Fatal(err)
	}
}
