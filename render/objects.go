package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Objects is what one unit renders to. It is immutable after it was made.
type Objects struct {
	// Unit that was rendered.
	Unit *environments.Unit
	// Descriptor is the unit's ModelDeployment as built by kustomize, in the environment's namespace.
	Descriptor *v1alpha1.ModelDeployment
	// ReleaseID is the content address of the descriptor's release, such as rel-3f2a91c.
	ReleaseID string
	// GPUs is how many GPUs all replicas together ask for.
	GPUs int64
	// Fits is whether the model fits into the memory of each of the GPUs that the descriptor names; empty for a
	// model on CPUs.
	Fits []Fit
	// Items are the objects to apply, without the descriptor: sorted, each with name and namespace.
	Items []*unstructured.Unstructured
	// Digest is the SHA-256, in hex, of the items and the descriptor's spec, labels and annotations.
	Digest string
	// Roots are the directories that the build read, sorted: the unit's own and those of its bases. While
	// their Git object ids stay the same, so do the objects.
	Roots []string
	// Files are all that the build read, sorted by name. environment.yaml is not one of them.
	Files []File
	// Content is the digest of the files, "sha256:" and hex: the same as of what sha256sum prints for them. It says
	// what people have written, and approved; Digest says what was made of it.
	Content string

	carried []int // which items the unit brings itself
}

// YAML is the descriptor and then the items, as a stream of documents. Secrets are in it as they are in
// Git: print Redacted objects instead.
func (o *Objects) YAML() ([]byte, error) {
	descriptor, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Descriptor)
	if err != nil {
		return nil, fmt.Errorf("write the descriptor of %s: %w", o.Unit.ID(), err)
	}
	unstructured.RemoveNestedField(descriptor, "status")
	unstructured.RemoveNestedField(descriptor, "metadata", "creationTimestamp")
	stream := []map[string]any{descriptor}
	for _, item := range o.Items {
		stream = append(stream, item.Object)
	}
	var b bytes.Buffer
	for i, object := range stream {
		data, err := yaml.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("write the objects of %s: %w", o.Unit.ID(), err)
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		b.Write(data)
	}
	return b.Bytes(), nil
}

// Redacted is a copy for people to see: the values in Secrets are gone, their keys stay.
func (o *Objects) Redacted() *Objects {
	shown := *o
	shown.Items = make([]*unstructured.Unstructured, len(o.Items))
	for i, item := range o.Items {
		if item.GetKind() == "Secret" {
			item = redacted(item.DeepCopy())
		}
		shown.Items[i] = item
	}
	return &shown
}

func redacted(secret *unstructured.Unstructured) *unstructured.Unstructured {
	for _, field := range []string{"data", "stringData"} {
		values, _ := secret.Object[field].(map[string]any)
		for key := range values {
			values[key] = "REDACTED"
		}
	}
	return secret
}

// Sum computes Digest anew from what the objects are now, so that whoever applies them can tell that they are still those
// that were decided on.
func (o *Objects) Sum() (string, error) { return digest(o.Descriptor, o.Items) }

// shortDigest tells different values apart in the name of an object.
func shortDigest(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("digest a value: %v", err)) // maps and strings cannot fail
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

// digest is over JSON with sorted keys, which encoding/json writes.
func digest(model *v1alpha1.ModelDeployment, items []*unstructured.Unstructured) (string, error) {
	objects := make([]map[string]any, len(items))
	for i, item := range items {
		objects[i] = item.Object
	}
	data, err := json.Marshal(map[string]any{"items": objects, "spec": model.Spec, "labels": model.Labels, "annotations": model.Annotations})
	if err != nil {
		return "", fmt.Errorf("digest the objects of %s: %w", model.Name, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
