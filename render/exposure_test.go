package render

import (
	"fmt"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// rule is the one rule of the unit's HTTPRoute.
func rule(t *testing.T, o *Objects) map[string]any {
	t.Helper()
	rules, _, err := unstructured.NestedSlice(ofKind(o.Items, "HTTPRoute").Object, "spec", "rules")
	if err != nil || len(rules) != 1 {
		t.Fatalf("rules %v: %v", rules, err)
	}
	return rules[0].(map[string]any)
}

// TestServersKnowNoPrefix: no server answers /llama/v1/completions. What leads to it has to be taken off.
func TestServersKnowNoPrefix(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		for prefix, want := range map[string]string{
			"": "<nil>", ", pathPrefix: /": "<nil>",
			", pathPrefix: /llama": "[map[type:URLRewrite urlRewrite:map[path:map[replacePrefixMatch:/ type:ReplacePrefixMatch]]]]",
		} {
			r := rule(t, rendered(t, served(name, "", "", "", "exposure: {route: {gateway: public"+prefix+"}}")))
			equal(t, prefix, fmt.Sprint(r["filters"]), want)
		}
	})
}

// TestGatewaysWaitAsLongAsRequestsTake: a Gateway that gives up earlier cuts off long answers.
func TestGatewaysWaitAsLongAsRequestsTake(t *testing.T) {
	forEveryEngine(t, func(t *testing.T, name string) {
		r := rule(t, rendered(t, served(name, "", "", ", maxRequestSeconds: 900", "exposure: {route: {gateway: public}}")))
		equal(t, "timeouts", fmt.Sprint(r["timeouts"]), "map[request:900s]")
	})
}

// TestRoutesLeadToThePool: a route past the pool goes to a replica at random, with the picker idle beside it.
func TestRoutesLeadToThePool(t *testing.T) {
	for pool, want := range map[string]string{
		"":                                       "[map[group: kind:Service name:m port:80 weight:1]]",
		", inferencePool: {endpointPicker: epp}": "[map[group:inference.networking.k8s.io kind:InferencePool name:m weight:1]]",
	} {
		o := rendered(t, served("vllm", "", "", "", "exposure: {route: {gateway: public, gatewayNamespace: gateways}"+pool+"}"))
		equal(t, pool, fmt.Sprint(rule(t, o)["backendRefs"]), want)
		callers := item[networkingv1.NetworkPolicy](t, o, "NetworkPolicy").Spec.Ingress[0].From[0].NamespaceSelector.MatchExpressions[0].Values
		equal(t, "callers", strings.Join(callers, " "), "ml-prod gateways")
	}
}

// TestOnlyBucketsNeedTheMetadataServer: without it a pod cannot show its identity to the bucket; with it, a model that
// runs somebody's code might show that of the node.
func TestOnlyBucketsNeedTheMetadataServer(t *testing.T) {
	asks := func(model string) bool {
		for _, rule := range item[networkingv1.NetworkPolicy](t, rendered(t, model), "NetworkPolicy").Spec.Egress {
			for _, to := range rule.To {
				if to.IPBlock != nil && to.IPBlock.CIDR == "169.254.169.254/32" {
					return true
				}
			}
		}
		return false
	}
	forEveryEngine(t, func(t *testing.T, name string) {
		for _, scheme := range append([]string{"pvc", "oci"}, renderer().engines[name].Sources...) {
			equal(t, scheme, asks(served(name, scheme+"://registry.example/model", "", "")), scheme == "s3" || scheme == "gs")
		}
	})
	equal(t, "an adapter", asks(served("vllm", "hf://org/model", prepared, ", adapters: [{name: a, source: 's3://bucket/a'}]")), true)
	in, out := rules(t, served("custom", "s3://bucket/model", "", "", overNodes))
	equal(t, "of a group", fmt.Sprint(in, out), "2 4")
}

// rules are how many rules the NetworkPolicy has, none of which may be open to all.
func rules(t *testing.T, model string) (in, out int) {
	t.Helper()
	spec := item[networkingv1.NetworkPolicy](t, rendered(t, model), "NetworkPolicy").Spec
	for _, rule := range append(spec.Egress, networkingv1.NetworkPolicyEgressRule{To: spec.Ingress[len(spec.Ingress)-1].From}) {
		for _, to := range rule.To {
			if to.PodSelector != nil && len(to.PodSelector.MatchLabels) == 0 {
				t.Error("a rule is for all pods")
			}
		}
	}
	return len(spec.Ingress), len(spec.Egress)
}
