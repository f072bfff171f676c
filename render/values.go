package render

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// values is what replacements, arguments and environment variables take their values from: the
// descriptor's spec, and what follows from it. A part under runtimes/parts is used when the values have a
// field of its name.
type values map[string]any

// valuesOf computes the values of a descriptor.
func valuesOf(unit *environments.Unit, m *v1alpha1.ModelDeployment, e *engine, release string) (values, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(m)
	if err != nil {
		return nil, err
	}
	server := m.Spec.Release.Runtime
	v := values{
		"spec":       object["spec"],
		"name":       m.Name,
		"namespace":  unit.Environment.Spec.Namespace,
		"image":      server.Image,
		"port":       int64(or(server.Port, e.Port)),
		"probes":     e.probes(m),
		"selector":   texts(selector(m)),
		"labels":     texts(labels(unit, m, release)),
		"replicas":   int64(replicas(m)),
		"leaders":    texts(leaders(m)),
		"configName": m.Name + "-config",
		"rollout":    rollout(m.Spec.Rollout),
	}
	v.addModel(m)
	v.addTimes(m, e)
	v.addAccelerator(m, e)
	v.addScheduling(m)
	v.addCache(m)
	v.addScaling(m, e)
	v.addExposure(unit, m, e)
	if c := m.Spec.Credentials; c != nil && c.ImagePullSecret != "" {
		v["imagePullSecret"] = map[string]any{"name": c.ImagePullSecret}
	}
	if command := server.Command; len(command) > 0 {
		v["command"] = anys(command)
	}
	return v, nil
}

// probes are the paths that the three probes ask.
func (e *engine) probes(m *v1alpha1.ModelDeployment) map[string]any {
	own := m.Spec.Release.Runtime.HealthPath
	path := func(paths ...string) string {
		for _, p := range append([]string{own}, paths...) {
			if p != "" {
				return strings.ReplaceAll(p, "{name}", m.Name)
			}
		}
		return ""
	}
	return map[string]any{
		"startup":   path(e.Probes.Startup, e.HealthPath),
		"readiness": path(e.Probes.Readiness, e.HealthPath),
		"liveness":  path(e.Probes.Liveness, e.HealthPath),
	}
}

// field is the value at a path such as spec.release.model.revision, or nil.
func (v values) field(path string) any {
	var at any = map[string]any(v)
	for step := range strings.SplitSeq(path, ".") {
		in, _ := at.(map[string]any)
		at = in[step]
	}
	return at
}

// rollout replaces one replica at a time where no GPU is to spare, and otherwise starts the new ones
// first. Kubernetes' own default would wait for ever for a GPU that the old replica holds. Where the
// descriptor leaves the choice open, the agent makes it when the rollout begins: see Objects.WithRollout.
func rollout(r *v1alpha1.Rollout) map[string]any {
	if r == nil || or(r.Surge, 0) == 0 {
		return map[string]any{"maxSurge": int64(0), "maxUnavailable": int64(1)}
	}
	return map[string]any{"maxSurge": int64(*r.Surge), "maxUnavailable": int64(0)}
}

func replicas(m *v1alpha1.ModelDeployment) int32 {
	if m.Spec.Scaling == nil {
		return 1
	}
	return or(m.Spec.Scaling.Min, 1)
}

func or[T any](told *T, otherwise T) T {
	if told == nil {
		return otherwise
	}
	return *told
}

func anys(list []string) []any {
	all := make([]any, len(list))
	for i, item := range list {
		all[i] = item
	}
	return all
}

func texts(m map[string]string) map[string]any {
	all := make(map[string]any, len(m))
	for key, value := range m {
		all[key] = value
	}
	return all
}

// variables are literal environment variables, without those that are empty.
func variables(pairs ...string) []any {
	var env []any
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			env = append(env, map[string]any{"name": pairs[i], "value": pairs[i+1]})
		}
	}
	return env
}

// fraction writes a percentage as engines take it, such as 0.90.
func fraction(percent int32) string { return fmt.Sprintf("%.2f", float64(percent)/100) }
