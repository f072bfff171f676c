package admission

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// irregular are resources that are not named after their kind by the rules of English: those of Kubernetes itself, and
// of projects that models are deployed with.
var irregular = map[schema.GroupKind]string{
	{Group: "gateway.networking.k8s.io", Kind: "Gateway"}:       "gateways",
	{Group: "networking.istio.io", Kind: "Gateway"}:             "gateways",
	{Group: "metrics.k8s.io", Kind: "NodeMetrics"}:              "nodes",
	{Group: "metrics.k8s.io", Kind: "PodMetrics"}:               "pods",
	{Group: "monitoring.coreos.com", Kind: "Prometheus"}:        "prometheuses",
	{Group: "monitoring.coreos.com", Kind: "Alertmanager"}:      "alertmanagers",
	{Group: "apiregistration.k8s.io", Kind: "APIService"}:       "apiservices",
	{Group: "storage.k8s.io", Kind: "CSIStorageCapacity"}:       "csistoragecapacities",
	{Group: "discovery.k8s.io", Kind: "EndpointSlice"}:          "endpointslices",
	{Group: "policy", Kind: "PodDisruptionBudget"}:              "poddisruptionbudgets",
	{Group: "networking.k8s.io", Kind: "IPAddress"}:             "ipaddresses",
	{Group: "networking.k8s.io", Kind: "ServiceCIDR"}:           "servicecidrs",
	{Group: "", Kind: "Endpoints"}:                              "endpoints",
	{Group: "flowcontrol.apiserver.k8s.io", Kind: "FlowSchema"}: "flowschemas",
}

// ResourceOf is the resource that serves a kind, such as deployments for apps/v1 and Deployment: a guess for kinds that
// Kubernetes does not have itself. It is empty for an apiVersion that is none.
func ResourceOf(apiVersion, kind string) string {
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return ""
	}
	return resourceOf(version.WithKind(kind)).Resource
}

// resourceOf is the resource that serves a kind: a guess, but for those of the table.
func resourceOf(kind schema.GroupVersionKind) schema.GroupVersionResource {
	if name, ok := irregular[kind.GroupKind()]; ok {
		return kind.GroupVersion().WithResource(name)
	}
	lower := strings.ToLower(kind.Kind)
	if before, ok := strings.CutSuffix(lower, "y"); ok && strings.ContainsAny(before[max(len(before)-1, 0):], "aeiou") {
		return kind.GroupVersion().WithResource(lower + "s") // which the guess does not know
	}
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	return plural
}
