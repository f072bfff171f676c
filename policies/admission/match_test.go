package admission

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestWhichObjectsAPolicyIsAbout(t *testing.T) {
	const unknown = " (the labels of namespace ml-prod are not known and taken to be those that the policy is for)"
	const rule = "apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]"
	for name, c := range map[string]struct {
		constraints, binding string
		note                 string
		about                bool
	}{
		"everything":             {"resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]", "", "", true},
		"and subresources":       {"resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*']}]", "", "", true},
		"its resource":           {"resourceRules: [{" + rule + "}]", "", "", true},
		"another resource":       {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [statefulsets]}]", "", "", false},
		"a subresource":          {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments/scale]}]", "", "", false},
		"another group":          {"resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [deployments]}]", "", "", false},
		"another operation":      {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE, DELETE], resources: [deployments]}]", "", "", false},
		"its name":               {"resourceRules: [{" + rule + ", resourceNames: [x, m]}]", "", "", true},
		"another name":           {"resourceRules: [{" + rule + ", resourceNames: [x]}]", "", "", false},
		"what is namespaced":     {"resourceRules: [{" + rule + ", scope: Namespaced}]", "", "", true},
		"what is not":            {"resourceRules: [{" + rule + ", scope: Cluster}]", "", "", false},
		"but not this one":       {"resourceRules: [{" + rule + "}], excludeResourceRules: [{" + rule + ", resourceNames: [m]}]", "", "", false},
		"nor another":            {"resourceRules: [{" + rule + "}], excludeResourceRules: [{" + rule + ", resourceNames: [x]}]", "", "", true},
		"its labels":             {"resourceRules: [{" + rule + "}], objectSelector: {matchLabels: {team: search}}", "", "", true},
		"other labels":           {"resourceRules: [{" + rule + "}], objectSelector: {matchLabels: {team: ads}}", "", "", false},
		"its namespace":          {"resourceRules: [{" + rule + "}], namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ml-prod}}", "", "", true},
		"another namespace":      {"resourceRules: [{" + rule + "}], namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}", "", "", false},
		"all but it":             {"resourceRules: [{" + rule + "}], namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ml-prod]}]}", "", "", false},
		"a namespace's label":    {"resourceRules: [{" + rule + "}], namespaceSelector: {matchLabels: {tier: gold}}", "", unknown, true},
		"of another namespace":   {"resourceRules: [{" + rule + "}], namespaceSelector: {matchLabels: {tier: gold, kubernetes.io/metadata.name: x}}", "", "", false},
		"a binding for it":       {"resourceRules: [{" + rule + "}]", "matchResources: {objectSelector: {matchLabels: {team: search}}}", "", true},
		"a binding for another":  {"resourceRules: [{" + rule + "}]", "matchResources: {objectSelector: {matchLabels: {team: ads}}}", "", false},
		"a binding with a label": {"resourceRules: [{" + rule + "}]", "matchResources: {namespaceSelector: {matchLabels: {tier: gold}}}", unknown, true},
		"a binding's rules":      {"resourceRules: [{" + rule + "}]", "matchResources: {resourceRules: [{" + rule + ", resourceNames: [x]}]}", "", false},
		"another version":        {"matchPolicy: Exact, resourceRules: [{apiGroups: [apps], apiVersions: [v1beta1], operations: ['*'], resources: [deployments]}]", "", "", false},
	} {
		want := ""
		if c.about {
			want = "Deny Deployment/m: failed expression: false" + c.note
		}
		if got := judge(t, load(t, policyOf("false", "matchConstraints: {"+c.constraints+"}", c.binding)), deployment); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

func TestLabelsOfTheNamespaceDecideWhenTheyAreKnown(t *testing.T) {
	set := load(t, policyOf("false", "matchConstraints: {namespaceSelector: {matchLabels: {tier: gold}}, resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]}]}", ""))
	for tier, want := range map[string]int{"gold": 1, "iron": 0} {
		found, err := set.Evaluate(t.Context(), []map[string]any{object(t, deployment)}, nil, "ml-prod", map[string]string{"tier": tier})
		if err != nil || len(found) != want || want > 0 && found[0].Note != "" {
			t.Errorf("%s: %+v, %v", tier, found, err)
		}
	}
	elsewhere := strings.Replace(deployment, "name: m,", "name: m, namespace: other,", 1)
	found, err := set.Evaluate(t.Context(), []map[string]any{object(t, elsewhere)}, nil, "ml-prod", map[string]string{"tier": "iron"})
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Note, "namespace other are not known") {
		t.Errorf("an object in another namespace: %+v, %v", found, err)
	}
}

func TestAnotherVersionIsNotGuessed(t *testing.T) {
	set := load(t, policyOf("false", "matchConstraints: {resourceRules: [{apiGroups: [autoscaling], apiVersions: [v1], operations: ['*'], resources: [horizontalpodautoscalers]}]}", ""))
	got := judge(t, set, "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: m}}")
	if got != "failed Warn HorizontalPodAutoscaler/m: it cannot be told without the cluster: the policy wants to see horizontalpodautoscalers as v1, and only the API server can convert it" {
		t.Errorf("got %s", got)
	}
}

func TestResourcesOfKinds(t *testing.T) {
	for kind, want := range map[string]string{
		"apps/v1/Deployment": "deployments", "v1/Endpoints": "endpoints", "networking.k8s.io/v1/NetworkPolicy": "networkpolicies",
		"networking.k8s.io/v1/Ingress": "ingresses", "gateway.networking.k8s.io/v1/Gateway": "gateways", "example.com/v1/Relay": "relays",
		"leaderworkerset.x-k8s.io/v1/LeaderWorkerSet": "leaderworkersets", "example.com/v1/Y": "ies",
	} {
		i := strings.LastIndex(kind, "/")
		gv, err := schema.ParseGroupVersion(kind[:i])
		if got := resourceOf(gv.WithKind(kind[i+1:])); err != nil || got.Resource != want || got.GroupVersion() != gv {
			t.Errorf("%s: got %v", kind, got)
		}
	}
}
