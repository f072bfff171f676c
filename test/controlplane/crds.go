package controlplane

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A CRD is a custom resource definition of another project, by the name that it
// has in the API.
type CRD string

const (
	// LeaderWorkerSetCRD serves LeaderWorkerSet, leaderworkerset.x-k8s.io/v1.
	LeaderWorkerSetCRD CRD = "leaderworkersets.leaderworkerset.x-k8s.io"
	// GatewayCRD serves Gateway, gateway.networking.k8s.io/v1, standard channel.
	GatewayCRD CRD = "gateways.gateway.networking.k8s.io"
	// HTTPRouteCRD serves HTTPRoute, gateway.networking.k8s.io/v1, standard channel.
	HTTPRouteCRD CRD = "httproutes.gateway.networking.k8s.io"
	// InferencePoolCRD serves InferencePool, inference.networking.k8s.io/v1.
	InferencePoolCRD CRD = "inferencepools.inference.networking.k8s.io"
	// ScaledObjectCRD serves KEDA's ScaledObject, keda.sh/v1alpha1.
	ScaledObjectCRD CRD = "scaledobjects.keda.sh"
	// PodMonitorCRD serves PodMonitor, monitoring.coreos.com/v1.
	PodMonitorCRD CRD = "podmonitors.monitoring.coreos.com"
)

// A crdFile is where a project keeps a CRD: a file in its Go module.
type crdFile struct {
	module module
	path   string
}

// crdFiles are the CRDs that can be installed. Nothing but the YAML is taken from
// the modules: no code of theirs is compiled, and neither their controllers nor
// their webhooks run. To take another version, change it together with its hash,
// the Sum that `go mod download -json MODULE@VERSION` prints. Go refuses a module
// that asks for a newer Go than there is, so a version may have to wait.
var crdFiles = func() map[CRD]crdFile {
	lws := module{"sigs.k8s.io/lws", "v0.9.0", "h1:DcJCgxjjoGOx//QHZkeKpyiblxYq70aCRZNYSfykWyI="}
	gateway := module{"sigs.k8s.io/gateway-api", "v1.6.3", "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc="}
	inference := module{"sigs.k8s.io/gateway-api-inference-extension", "v1.3.0", "h1:Ng2Qs1Oum4WycuWyi3rOkAC7pZ2aDqgN2ku6Lr/mryQ="}
	keda := module{"github.com/kedacore/keda/v2", "v2.21.0", "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps="}
	prometheus := module{"github.com/prometheus-operator/prometheus-operator", "v0.85.0", "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s="}
	return map[CRD]crdFile{
		LeaderWorkerSetCRD: {lws, "config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml"},
		GatewayCRD:         {gateway, "config/crd/standard/gateway.networking.k8s.io_gateways.yaml"},
		HTTPRouteCRD:       {gateway, "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"},
		InferencePoolCRD:   {inference, "config/crd/bases/inference.networking.k8s.io_inferencepools.yaml"},
		ScaledObjectCRD:    {keda, "config/crd/bases/keda.sh_scaledobjects.yaml"},
		PodMonitorCRD:      {prometheus, "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"},
	}
}()

// AllCRDs are the CRDs that InstallCRDs knows, in order of their names.
func AllCRDs() []CRD { return sortedKeys(crdFiles) }

// InstallCRDs makes the API server serve other projects' kinds, by those
// projects' own CRDs at a pinned version. It returns when each is Established,
// found by discovery and can be listed. They come from Go's module cache; the
// first time on a machine, go downloads the modules.
//
// What is installed stays, for all tests that share the control plane: a further
// call for the same CRD returns at once. It may be called from any goroutine.
func (c *ControlPlane) InstallCRDs(ctx context.Context, crds ...CRD) error {
	c.crds.Lock()
	defer c.crds.Unlock()
	missing := slices.DeleteFunc(slices.Clone(crds), func(crd CRD) bool { return c.crds.installed[crd] })
	if len(missing) == 0 {
		return nil
	}
	files, err := findCRDs(ctx, c.dir.Path, missing)
	if err != nil {
		return err
	}
	if err := installCRDs(ctx, c.admin, files); err != nil {
		return err
	}
	if c.crds.installed == nil {
		c.crds.installed = map[CRD]bool{}
	}
	for _, crd := range missing {
		c.crds.installed[crd] = true
	}
	return nil
}

// findCRDs returns the files of CRDs on this machine. dir is where go runs.
func findCRDs(ctx context.Context, dir string, crds []CRD) (map[CRD]string, error) {
	var modules []module
	for _, crd := range crds {
		file, ok := crdFiles[crd]
		if !ok {
			return nil, fmt.Errorf("control plane: no CRD %q is known here; known are %s", crd, known())
		}
		if !slices.Contains(modules, file.module) {
			modules = append(modules, file.module)
		}
	}
	dirs, err := download(ctx, dir, modules)
	if err != nil {
		return nil, err
	}
	files := map[CRD]string{}
	for _, crd := range crds {
		files[crd] = crdFiles[crd].in(dirs)
	}
	return files, nil
}

func known() string {
	var names []string
	for _, crd := range AllCRDs() {
		names = append(names, string(crd))
	}
	return strings.Join(names, ", ")
}
