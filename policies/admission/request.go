package admission

import (
	"maps"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/authentication/user"
)

// request is one object as it would come to the API server.
type request struct {
	object, old *unstructured.Unstructured // old is nil for one that is created
	resource    schema.GroupVersionResource
	namespace   string
	labels      map[string]string // of the namespace; nil when only its name is known
	user        user.Info         // nil when it is not known
}

func (s *Set) request(object map[string]any, old map[string]any, namespace string, labels map[string]string) *request {
	r := &request{object: &unstructured.Unstructured{Object: object}, namespace: namespace, user: s.user}
	if own := r.object.GetNamespace(); own == "" && namespace != "" {
		r.object = r.object.DeepCopy() // the API server adds the namespace
		r.object.SetNamespace(namespace)
	} else if own != namespace {
		r.namespace, labels = own, nil // nothing is known of another namespace
	}
	if old != nil {
		r.old = &unstructured.Unstructured{Object: old}
	}
	if labels != nil {
		r.labels = maps.Clone(labels)
		r.labels[corev1.LabelMetadataName] = r.namespace
	}
	r.resource = resourceOf(r.object.GroupVersionKind())
	return r
}

func (r *request) operation() admission.Operation {
	if r.old != nil {
		return admission.Update
	}
	return admission.Create
}

// name is the object as people name it.
func (r *request) name() string { return r.object.GetKind() + "/" + r.object.GetName() }

// attributes is the request as the API server's packages see it.
func (r *request) attributes() *admission.VersionedAttributes {
	kind := r.object.GroupVersionKind()
	all := &admission.VersionedAttributes{VersionedKind: kind}
	all.VersionedObject.Set(r.object)
	var old runtime.Object // a nil *Unstructured would be an object
	if r.old != nil {
		old = r.old
		all.VersionedOldObject.Set(old)
	}
	all.Attributes = admission.NewAttributesRecord(r.object, old, kind, r.namespace, r.object.GetName(), r.resource, "", r.operation(), nil, false, r.user)
	return all
}

// review is the variable named request.
func (r *request) review(a *admission.VersionedAttributes) *admissionv1.AdmissionRequest {
	return cel.CreateAdmissionRequest(a.Attributes, metav1.GroupVersionResource(r.resource), metav1.GroupVersionKind(a.VersionedKind))
}

// namespaceObject is the namespace as far as it is known.
func (r *request) namespaceObject() *corev1.Namespace {
	if r.namespace == "" {
		return nil
	}
	all := map[string]string{corev1.LabelMetadataName: r.namespace}
	maps.Copy(all, r.labels)
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: r.namespace, Labels: all}}
}
