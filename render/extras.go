package render

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/environments/problem"
)

// allowed are the kinds that a unit may bring beside its descriptor. All live in a namespace, and none
// grants a permission. It is a list of what may be, not of what may not, because clusters keep learning
// new kinds.
var allowed = []schema.GroupKind{
	{Kind: "ConfigMap"},
	{Kind: "PersistentVolumeClaim"},
	{Kind: "Secret"},
	{Kind: "Service"},
	{Kind: "ServiceAccount"},
	{Group: "apps", Kind: "Deployment"},
	{Group: "apps", Kind: "StatefulSet"},
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
	{Group: "batch", Kind: "CronJob"},
	{Group: "batch", Kind: "Job"},
	{Group: "bitnami.com", Kind: "SealedSecret"},
	{Group: "external-secrets.io", Kind: "ExternalSecret"},
	{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
	{Group: "inference.networking.k8s.io", Kind: "InferencePool"},
	{Group: "keda.sh", Kind: "ScaledObject"},
	{Group: "leaderworkerset.x-k8s.io", Kind: "LeaderWorkerSet"},
	{Group: "monitoring.coreos.com", Kind: "PodMonitor"},
	{Group: "monitoring.coreos.com", Kind: "PrometheusRule"},
	{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"},
	{Group: "networking.k8s.io", Kind: "Ingress"},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"},
	{Group: "policy", Kind: "PodDisruptionBudget"},
	{Group: "resource.k8s.io", Kind: "ResourceClaimTemplate"},
}

// AllowedKinds are the kinds that a unit may consist of: what a unit may bring, and what is rendered for
// it. An agent needs rights to these and no others.
func AllowedKinds() []schema.GroupKind { return slices.Clone(allowed) }

// allowedKinds is the list for people.
func allowedKinds() string {
	names := make([]string, len(allowed))
	for i, kind := range allowed {
		names[i] = kind.Kind
	}
	return strings.Join(names, ", ")
}

// checkExtras refuses what a unit may not bring, and puts the rest into the environment's namespace.
func checkExtras(unit *environments.Unit, w *written) problem.List {
	var problems problem.List
	for _, object := range w.extras {
		problems = append(problems, w.blameAll(unit, object, objections(unit, object))...)
		object.SetNamespace(unit.Environment.Spec.Namespace)
	}
	return problems
}

// objections is what is wrong with an extra object, without file and line.
func objections(unit *environments.Unit, object *unstructured.Unstructured) problem.List {
	var problems problem.List
	add := func(field, rule, mend, format string, args ...any) {
		message := fmt.Sprintf("%s %s: ", shorten(object.GetKind()), shorten(object.GetName())) + fmt.Sprintf(format, args...)
		problems = append(problems, problem.Problem{Field: field, Rule: rule, Mend: mend, Message: message})
	}
	if kind := object.GroupVersionKind().GroupKind(); !slices.Contains(allowed, kind) {
		add("kind", ruleForbiddenKind, "leave it to the cluster's admin; a unit may bring "+allowedKinds(),
			"a unit may not bring objects of kind %s", kind)
	}
	if object.GetName() == "" {
		add("metadata.name", problem.MissingField, "name it; a generated name would be another at each apply", "it has no name")
	}
	if got, want := object.GetNamespace(), unit.Environment.Spec.Namespace; got != "" && got != want {
		add("metadata.namespace", ruleWrongNamespace, "remove the namespace: the environment's is set for you",
			"it is in namespace %s, and environment %s owns %s alone", shorten(got), unit.Environment.Name, want)
	}
	if object.GetKind() == "Secret" && isTokenSecret(object) {
		add("type", ruleForbiddenKind, "use a Secret of another type", "a Secret that the cluster fills with a service account's token is a permission in disguise")
	}
	for _, field := range reservedFields(object) {
		add(field, ruleReservedMetadata, "remove it", "it belongs to the cluster or to the agent")
	}
	return problems
}

func isTokenSecret(object *unstructured.Unstructured) bool {
	kind, _, _ := unstructured.NestedString(object.Object, "type")
	return kind == "kubernetes.io/service-account-token"
}

// reservedFields are those of an object's metadata that Git may not set: what only the API server
// writes, what would keep or delete the object behind the agent's back, and the agent's own labels.
func reservedFields(object *unstructured.Unstructured) []string {
	var fields []string
	metadata, _, _ := unstructured.NestedMap(object.Object, "metadata")
	for _, field := range []string{
		"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName",
		"managedFields", "ownerReferences", "resourceVersion", "uid",
	} {
		if value, ok := metadata[field]; ok && value != nil {
			fields = append(fields, "metadata."+field)
		}
	}
	for _, where := range []string{"labels", "annotations"} {
		values, _ := metadata[where].(map[string]any)
		for _, key := range sortedKeys(values) {
			if isReserved(key) {
				fields = append(fields, fmt.Sprintf("metadata.%s[%s]", where, key))
			}
		}
	}
	return fields
}

func isReserved(key string) bool {
	return strings.HasPrefix(key, "penstock.dev/") || strings.HasPrefix(key, "applyset.kubernetes.io/")
}
