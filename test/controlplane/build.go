package controlplane

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock/test/internal/build"
)

// kubernetesVersion is what the API server says of itself; it must be the
// version that test/cluster/go.mod requires.
const kubernetesVersion = "v1.37.2"

// clusterModule is where the nested module lies in the source tree.
const clusterModule = "test/cluster"

// Binaries are the two programs of a control plane.
type Binaries struct {
	// ControlPlane is etcd, kube-apiserver, kube-controller-manager,
	// kube-scheduler or kubectl, by the name that it is called by.
	ControlPlane string
	// KWOK plays the nodes.
	KWOK string
}

// Build compiles the binaries, unless the cache already has them. Any number of
// processes may call it at once: one builds, the others wait for it.
func Build(ctx context.Context, options Options) (Binaries, error) {
	options, err := options.withDefaults()
	if err != nil {
		return Binaries{}, err
	}
	dir, err := cluster().Build(ctx, build.Options{
		Progress: options.Progress, CacheDir: options.CacheDir, SourceDir: options.SourceDir,
	})
	return Binaries{
		ControlPlane: filepath.Join(dir, "controlplane"),
		KWOK:         filepath.Join(dir, "kwok"),
	}, err
}

// cluster is the nested module that the binaries are built from.
func cluster() build.Module {
	const version = "k8s.io/component-base/version"
	return build.Module{
		Name:     "the control plane",
		Dir:      clusterModule,
		Programs: []string{"./controlplane", "./kwok"},
		LDFlags: "-X " + version + ".gitVersion=" + kubernetesVersion +
			" -X " + version + ".gitMajor=1 -X " + version + ".gitMinor=" + strings.Split(kubernetesVersion, ".")[1],
		Takes: "about 6 minutes",
	}
}
