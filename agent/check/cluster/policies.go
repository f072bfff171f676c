package cluster

import (
	"context"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/policies/admission"
)

// Policies are the cluster's own ValidatingAdmissionPolicies, with their bindings and whatever they take parameters of.
func (c *Cluster) Policies(ctx context.Context) (*admission.Set, error) {
	var all admissionregistrationv1.ValidatingAdmissionPolicyList
	if err := c.client.List(ctx, &all); err != nil {
		return nil, fmt.Errorf("listing ValidatingAdmissionPolicies: %w", err)
	}
	var bindings admissionregistrationv1.ValidatingAdmissionPolicyBindingList
	if err := c.client.List(ctx, &bindings); err != nil {
		return nil, fmt.Errorf("listing ValidatingAdmissionPolicyBindings: %w", err)
	}
	var params []*unstructured.Unstructured
	seen := map[admissionregistrationv1.ParamKind]bool{}
	for _, policy := range all.Items {
		kind := policy.Spec.ParamKind
		if kind == nil || seen[*kind] {
			continue
		}
		seen[*kind] = true
		some, err := c.list(ctx, schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind))
		if err != nil {
			return nil, err
		}
		params = append(params, some...)
	}
	return admission.FromObjects(all.Items, bindings.Items, params), nil
}

// list lists all objects of a kind; none of a kind that the cluster does not know.
func (c *Cluster) list(ctx context.Context, kind schema.GroupVersionKind) ([]*unstructured.Unstructured, error) {
	var list unstructured.UnstructuredList
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := c.client.List(ctx, &list); err != nil && !meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("listing the parameters of admission policies, which are of kind %s: %w", kind.Kind, err)
	}
	all := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		all[i] = &list.Items[i]
	}
	return all, nil
}

// Labels are those of a namespace; nil when it is not there or may not be read.
func (c *Cluster) Labels(ctx context.Context, namespace string) map[string]string {
	about := &metav1.PartialObjectMetadata{}
	about.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := c.client.Get(ctx, client.ObjectKey{Name: namespace}, about); err != nil {
		return nil
	}
	return about.Labels
}
