package admission

import "testing"

const configs = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: ml-prod, labels: {kind: limits}}
data: {max: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: ml-prod, labels: {kind: limits}}
data: {max: "0"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: other}
data: {max: "9"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: only, namespace: third}
data: {max: "5"}
`

func TestParameters(t *testing.T) {
	const denied, nothing = "Deny Deployment/m: failed expression: object.spec.replicas <= int(params.data.max)", "failed Deny Deployment/m: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
	for name, c := range map[string]struct{ ref, want string }{
		"by name":               {"paramRef: {name: limits, parameterNotFoundAction: Deny}", denied},
		"in another namespace":  {"paramRef: {name: limits, namespace: other, parameterNotFoundAction: Deny}", ""},
		"several by label":      {"paramRef: {selector: {matchLabels: {kind: limits}}, parameterNotFoundAction: Deny}", denied + "\n" + denied},
		"all":                   {"paramRef: {namespace: third, selector: {}, parameterNotFoundAction: Deny}", ""},
		"one that is not there": {"paramRef: {name: gone, parameterNotFoundAction: Deny}", nothing},
		"not in this namespace": {"paramRef: {name: only, parameterNotFoundAction: Deny}", nothing},
		"and that is allowed":   {"paramRef: {name: gone, parameterNotFoundAction: Allow}", "failed Warn Deployment/m: it cannot be told without the cluster: ConfigMap gone is not here; if the cluster has it, the policy counts, and otherwise not"},
		"nor by label":          {"paramRef: {selector: {matchLabels: {kind: none}}, parameterNotFoundAction: Allow}", "failed Warn Deployment/m: it cannot be told without the cluster: a ConfigMap that the binding selects is not here; if the cluster has it, the policy counts, and otherwise not"},
		"none":                  {"", "failed Deny Deployment/m: expression 'object.spec.replicas <= int(params.data.max)' resulted in error: no such key: data"},
		"a name and a selector": {"paramRef: {name: limits, selector: {}, parameterNotFoundAction: Deny}", "failed Deny Deployment/m: failed to configure binding: paramRef.name and paramRef.selector are mutually exclusive"},
		"whatever is asked for": {"validationActions: [Audit]\n  paramRef: {name: gone, parameterNotFoundAction: Deny}", nothing},
	} {
		set := load(t, policyOf("object.spec.replicas <= int(params.data.max)", "paramKind: {apiVersion: v1, kind: ConfigMap}", c.ref)+configs)
		if got := judge(t, set, deployment); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestParametersOfACustomKind(t *testing.T) {
	set := load(t, policyOf("object.spec.replicas <= params.spec.max && params.kind == 'Limit'", "paramKind: {apiVersion: example.com/v1, kind: Limit}", "paramRef: {name: l, parameterNotFoundAction: Deny}")+
		"---\napiVersion: example.com/v1\nkind: Limit\nmetadata: {name: l}\nspec: {max: 2}\n")
	if got := judge(t, set, deployment); got != "" {
		t.Error(got)
	}
}
