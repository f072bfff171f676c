package install_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/render"
)

// Applies, watches and removes every model of the reference tree, and a Secret with each, with the rights
// that the manifests give and no others.
func TestTheRightsAreEnough(t *testing.T) {
	tree, err := environments.Load(os.DirFS("../.."), "environments")
	if err != nil {
		t.Fatal(err)
	}
	o := options("enough")
	if o.TargetNamespaces, err = install.Namespaces(tree, nil); err != nil {
		t.Fatal(err)
	}
	o.AllowSecrets = true
	_, config := installed(t, o)
	applier, health := applierFor(t, config)
	renderer := render.New()
	for _, unit := range tree.Units {
		t.Run(unit.ID(), func(t *testing.T) {
			objects, err := renderer.Render(os.DirFS("../.."), unit)
			if err != nil {
				t.Fatal(err)
			}
			secret := &unstructured.Unstructured{}
			secret.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "Secret"})
			secret.SetName(unit.Name + "-token")
			secret.SetNamespace(unit.Environment.Spec.Namespace)
			objects.Items = append(objects.Items, secret)
			applyAndRemove(t, applier, health, objects)
		})
	}
}

func applierFor(t *testing.T, config *rest.Config) (*apply.Applier, *apply.HealthWatch) {
	t.Helper()
	recorder, stop, err := apply.NewRecorder(config, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	applier, err := apply.New(apply.Config{REST: config, Recorder: recorder})
	if err != nil {
		t.Fatal(err)
	}
	health, err := apply.NewHealthWatch(apply.HealthConfig{REST: config, Mapper: applier.Mapper()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(health.Close)
	return applier, health
}

func applyAndRemove(t *testing.T, applier *apply.Applier, health *apply.HealthWatch, objects *render.Objects) {
	t.Helper()
	ref, revision := apply.RefOf(objects), apply.Revision{Commit: "c0ffee1"}
	result, err := applier.Apply(t.Context(), objects, revision)
	if err != nil {
		t.Fatalf("applying: %v", err)
	}
	if err := health.Follow(ref, result.Kinds()); err != nil {
		t.Fatalf("watching: %v", err)
	}
	report := apply.Report{Unit: ref, Commit: revision.Commit, Objects: objects, Result: result}
	eventually(t, func(context.Context) error {
		seen := health.Assess(ref, result.Members)
		report.Health = &seen
		switch seen.Reason {
		case "Forbidden":
			t.Fatalf("watching: %s", seen.Message)
		case "NotObserved":
			return errors.New(seen.Message)
		}
		return nil
	})
	if err := applier.WriteStatus(t.Context(), report); err != nil {
		t.Fatalf("writing the status: %v", err)
	}
	if _, err := applier.Deployed(t.Context(), ref.Namespace); err != nil {
		t.Fatalf("listing: %v", err)
	}
	removed, err := applier.Remove(t.Context(), ref, revision, nil)
	if err != nil {
		t.Fatalf("removing: %v", err)
	}
	if got, want := len(removed.Changes), len(objects.Items)+1; got != want {
		t.Errorf("%d objects are removed, want %d", got, want)
	}
}
