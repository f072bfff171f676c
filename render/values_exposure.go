package render

import (
	"fmt"
	"slices"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	defaultPickerPort     = 9002
	defaultScrapeSeconds  = 15
	servicePort           = 80
	groupOfInferencePools = "inference.networking.k8s.io"
	kindOfInferencePool   = "InferencePool"
	failOpen, failClose   = "FailOpen", "FailClose"
)

// addExposure adds who may call the model, and the ways that lead to it.
func (v values) addExposure(unit *environments.Unit, m *v1alpha1.ModelDeployment, e *engine) {
	exposure := m.Spec.Exposure
	if exposure == nil {
		exposure = new(v1alpha1.Exposure)
	}
	v["callers"] = callers(unit, exposure)
	if pool := exposure.InferencePool; pool != nil {
		mode := failClose
		if pool.FailOpen {
			mode = failOpen
		}
		v["inferencePool"] = map[string]any{
			"picker": pool.EndpointPicker, "pickerPort": int64(or(pool.Port, defaultPickerPort)), "failureMode": mode,
		}
	}
	v.addRoute(unit, m, exposure)
	if monitoring := m.Spec.Monitoring; monitoring != nil && monitoring.PodMonitor != nil {
		p := monitoring.PodMonitor
		v["podMonitor"] = map[string]any{
			"port": e.Metrics.Port, "path": e.Metrics.Path, "interval": fmt.Sprintf("%ds", or(p.IntervalSeconds, defaultScrapeSeconds)),
		}
		if len(p.Labels) > 0 {
			v["podMonitorLabels"] = texts(p.Labels)
		}
	}
}

// addRoute adds an HTTPRoute to the Service or, when there is one, to the InferencePool. It says what the
// API server would fill in, so that what is applied is what is there (kserve#5353).
func (v values) addRoute(unit *environments.Unit, m *v1alpha1.ModelDeployment, exposure *v1alpha1.Exposure) {
	route := exposure.Route
	if route == nil {
		return
	}
	namespace, prefix := route.GatewayNamespace, route.PathPrefix
	if namespace == "" {
		namespace = unit.Environment.Spec.Namespace
	}
	if prefix == "" {
		prefix = "/"
	}
	backend := map[string]any{"group": "", "kind": "Service", "name": m.Name, "port": int64(servicePort), "weight": int64(1)}
	if exposure.InferencePool != nil {
		backend = map[string]any{"group": groupOfInferencePools, "kind": kindOfInferencePool, "name": m.Name, "weight": int64(1)}
	}
	v["route"] = map[string]any{
		"gateway": route.Gateway, "gatewayNamespace": namespace, "path": prefix, "backends": []any{backend},
		"timeout": fmt.Sprintf("%ds", maxRequestSeconds(m)),
	}
	if prefix != "/" {
		// Servers know no prefix: theirs are paths such as /v1/completions.
		v["routePrefix"] = map[string]any{}
	}
	if len(route.Hostnames) > 0 {
		v["routeHostnames"] = anys(route.Hostnames)
	}
}

// callers are the namespaces that may call the model: its own first.
func callers(unit *environments.Unit, exposure *v1alpha1.Exposure) []any {
	own := unit.Environment.Spec.Namespace
	others := slices.Clone(exposure.Namespaces)
	if exposure.Route != nil && exposure.Route.GatewayNamespace != "" {
		others = append(others, exposure.Route.GatewayNamespace)
	}
	slices.Sort(others)
	others = slices.DeleteFunc(slices.Compact(others), func(n string) bool { return n == own })
	return anys(append([]string{own}, others...))
}
