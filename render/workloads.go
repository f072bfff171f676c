package render

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/filters/replacement"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// workloads is the second step: what the descriptor means. The problems' fields are the descriptor's.
func (r *Renderer) workloads(unit *environments.Unit, m *v1alpha1.ModelDeployment, release string) ([]*unstructured.Unstructured, problem.List, error) {
	server := m.Spec.Release.Runtime
	e, ok := r.engines[server.Engine]
	if !ok {
		return nil, problem.List{r.noEngine(server.Engine)}, nil
	}
	v, err := valuesOf(unit, m, e, release)
	if err != nil {
		return nil, nil, fmt.Errorf("compute the values of %s: %w", unit.ID(), err)
	}
	args, workerArgs, problems := e.arguments(v, server.Args)
	env, refused := e.environment(v, server.Env)
	problems = append(append(r.unsupported(m, e, v), problems...), refused...)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	if len(args) > 0 {
		v["args"] = anys(args)
	}
	if len(env) > 0 {
		v["env"] = env
	}
	items, err := r.fill(e, v)
	if err != nil {
		return nil, nil, fmt.Errorf("render %s: %w", unit.ID(), err)
	}
	return group(items, workerArgs), nil, nil
}

// fill puts the values into a copy of the runtime's objects.
func (r *Renderer) fill(e *engine, v values) ([]*unstructured.Unstructured, error) {
	has := func(part string) bool { return v[part] != nil }
	parts := slices.DeleteFunc(slices.Clone(r.parts), func(part string) bool { return !has(part) })
	s, err := r.shapeOf(e.Metadata.Name, parts)
	if err != nil {
		return nil, err
	}
	source, err := v.node()
	if err != nil {
		return nil, err
	}
	nodes := []*yaml.RNode{source}
	for _, object := range s.objects {
		nodes = append(nodes, object.Copy())
	}
	if nodes, err = (replacement.Filter{Replacements: s.replacements}).Filter(nodes); err != nil {
		return nil, err
	}
	return objectsOf(nodes[1:])
}

// node is the values as an object that replacements can name.
func (v values) node() (*yaml.RNode, error) {
	v["apiVersion"], v["kind"] = "render.penstock.dev/v1alpha1", "RuntimeValues"
	v["metadata"] = map[string]any{"name": "values"}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return yaml.Parse(string(data))
}
