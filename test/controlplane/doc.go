// Package controlplane runs a real Kubernetes control plane on this machine, for
// the tests and for the demo: etcd, the API server, the controller manager and
// the scheduler, each a process of its own with its own certificate, and KWOK,
// which plays the nodes. Nothing is mocked but the kubelet: RBAC, admission
// policies, server-side apply, garbage collection, scheduling and GPU shortage
// are the real thing.
//
//	cp, err := controlplane.Start(ctx, controlplane.Options{Progress: os.Stderr})
//	defer cp.Stop()
//	err = controlplane.ApplyFleet(ctx, cp.RESTConfig(), controlplane.DefaultFleet())
//	out, err := cp.Kubectl(ctx, strings.NewReader(manifest), "apply", "-f", "-")
//
// The binaries are compiled from the module in test/cluster the first time they
// are needed, and kept in the user's cache directory. A control plane is ready a
// few seconds later.
//
// Tests share one control plane for each test binary, and isolate themselves
// by namespace:
//
//	func TestMain(m *testing.M) { controlplane.Main(m) }
//
//	func TestApply(t *testing.T) {
//		cp := controlplane.ForTest(t)
//		namespace := cp.Namespace(t)
//		…
//	}
//
// Kinds of other projects (LeaderWorkerSet, the Gateway API, InferencePool,
// ScaledObject, PodMonitor) are served by those projects' own CRDs, when a test
// asks for them:
//
//	err := cp.InstallCRDs(t.Context(), controlplane.LeaderWorkerSetCRD)
//
// They come from the projects' Go modules, pinned by version and hash. Only the
// schema is theirs: no controller acts on the objects, and no webhook is asked.
//
// # Who owns what
//
// Start owns every process, goroutine and file that it makes, and Stop gives all
// of them back. A process also ends by itself when the pipe to its standard
// input closes, so none survives the one that started it, not even a SIGKILL.
//
// # Behaviour of pods
//
// A pod on a node of a fleet passes through the states that a kubelet would
// report, within about a second. A pod may ask for another fate with the
// annotation simulate.penstock.dev/behaviour, or with an environment variable
// SIMULATE in any of its containers; see [Behaviour]. Claims get volumes from the
// default [StorageClass], and a fleet may offer its GPUs as DRA devices.
package controlplane
