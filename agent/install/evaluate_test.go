package install_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/evaluate"
	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// Evaluates a model, with a result from a file and one from a termination message, with the rights that the manifests give
// and no others, in a namespace that takes only pods of the strictest Pod Security Standard.
func TestTheRightsAreEnoughToEvaluate(t *testing.T) {
	o := options("evaluate")
	o.TargetNamespaces = []string{"models-evaluate"}
	cp, config := installed(t, o)
	restricted := []byte(`{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}`)
	if _, err := clients(t, cp.RESTConfig()).CoreV1().Namespaces().Patch(t.Context(), o.TargetNamespaces[0], types.MergePatchType, restricted, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	objects := evaluated(t, o.TargetNamespaces[0])
	applier, _ := applierFor(t, config)
	if _, err := applier.Apply(t.Context(), objects, apply.Revision{Commit: "c0ffee1"}); err != nil {
		t.Fatal(err)
	}
	runner, err := evaluate.New(evaluate.Config{REST: config, Image: o.Image})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	eventually(t, func(ctx context.Context) error {
		state, err := runner.Step(ctx, evaluate.Request{Objects: objects, Healthy: true})
		if err != nil {
			return err
		}
		if state.Phase != evaluate.Done {
			return errors.New(state.Message)
		}
		for _, e := range state.Ended {
			if !e.Passed {
				t.Fatalf("%+v", e)
			}
		}
		return nil
	})
	if err := runner.Stop(t.Context(), apply.RefOf(objects)); err != nil {
		t.Fatal(err)
	}
}

// evaluated is a model with two evaluations.
func evaluated(t *testing.T, namespace string) *render.Objects {
	t.Helper()
	text := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: m}\nspec:\n" +
		"  release:\n    model: {source: 'hf://org/model'}\n    runtime: {engine: custom, image: 'example.com/server:1'}\n  evaluations:\n"
	for _, result := range []string{"File", "TerminationMessage"} {
		text += fmt.Sprintf("  - name: %s\n    image: example.com/eval:1\n    result: %s\n    metrics: [{name: acc}]\n"+
			"    env: [{name: SIMULATE_MESSAGE, value: '{\"metrics\": {\"acc\": 1}}'}]\n", strings.ToLower(result), result)
	}
	env := &environments.Environment{Name: "test", Dir: "environments/test"}
	env.Spec.Namespace, env.Spec.AllowFloatingRevisions = namespace, new(true)
	tree := fstest.MapFS{"environments/test/m/model.yaml": {Data: []byte(text)}}
	objects, err := render.New().Render(tree, &environments.Unit{Environment: env, Name: "m", Dir: "environments/test/m"})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// The image that hands on results is that of the agent itself, wherever it comes from.
func TestTheAgentKnowsItsOwnImage(t *testing.T) {
	o := plain()
	o.Image = "mirror.example.com/penstock@sha256:" + strings.Repeat("a", 64)
	manifests, err := install.Manifests(o)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manifests), "- name: PENSTOCK_IMAGE\n          value: "+o.Image+"\n") {
		t.Error("PENSTOCK_IMAGE is not the agent's image")
	}
}
