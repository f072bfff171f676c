package admission

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestWhatAPolicySays(t *testing.T) {
	const broken = "object.spec.replics > 1"
	for name, c := range map[string]struct{ expression, spec, binding, want string }{
		"what holds":                 {"object.spec.replicas > 1", "", "", ""},
		"what does not":              {"object.spec.replicas > 2", "", "", "Deny Deployment/m: failed expression: object.spec.replicas > 2"},
		"a message":                  {"object.spec.replicas > 2", "  message: too few", "", "Deny Deployment/m: too few"},
		"a message that is made":     {"object.spec.replicas > 2", "  messageExpression: \"' got ' + string(object.spec.replicas) + ' '\"\n    message: too few", "", "Deny Deployment/m: got 2"},
		"a message of two lines":     {"object.spec.replicas > 2", "  messageExpression: \"'a\\\\nb'\"\n    message: too few", "", "Deny Deployment/m: too few"},
		"a message that fails":       {"object.spec.replicas > 2", "  messageExpression: string(object.nothing)\n    message: too few", "", "Deny Deployment/m: too few"},
		"a warning":                  {"false", "", "validationActions: [Warn, Audit]", "Warn Deployment/m: failed expression: false"},
		"an audit":                   {"false", "", "validationActions: [Audit]", "Audit Deployment/m: failed expression: false"},
		"what cannot be evaluated":   {broken, "", "", "failed Deny Deployment/m: expression 'object.spec.replics > 1' resulted in error: no such key: replics"},
		"failurePolicy Ignore":       {broken, "failurePolicy: Ignore", "", ""},
		"a variable":                 {"variables.n > 2", "variables: [{name: n, expression: object.spec.replicas}]", "", "Deny Deployment/m: failed expression: variables.n > 2"},
		"a variable of a variable":   {"variables.m > 4", "variables: [{name: n, expression: object.spec.replicas}, {name: m, expression: variables.n * 2}]", "", "Deny Deployment/m: failed expression: variables.m > 4"},
		"a condition that holds":     {"false", "matchConditions: [{name: c, expression: 'true'}]", "", "Deny Deployment/m: failed expression: false"},
		"a condition that does not":  {"false", "matchConditions: [{name: c, expression: 'false'}, {name: d, expression: object.nothing == 1}]", "", ""},
		"a condition that fails":     {"true", "matchConditions: [{name: c, expression: object.nothing == 1}]", "", "failed Deny Deployment/m: expression 'object.nothing == 1' resulted in error: no such key: nothing"},
		"and is ignored":             {"false", "failurePolicy: Ignore\n  matchConditions: [{name: c, expression: object.nothing == 1}]", "", ""},
		"an audit annotation":        {"true", "auditAnnotations: [{key: k, valueExpression: string(object.nothing)}]", "validationActions: [Audit]", "failed Deny Deployment/m: expression 'string(object.nothing)' resulted in error: no such key: nothing"},
		"the request":                {"request.operation == 'UPDATE' || request.namespace != 'ml-prod' || request.resource.resource != 'deployments' || request.dryRun", "", "", "Deny Deployment/m: failed expression: request.operation == 'UPDATE' || request.namespace != 'ml-prod' || request.resource.resource != 'deployments' || request.dryRun"},
		"the namespace is filled in": {"object.metadata.namespace == namespaceObject.metadata.name && oldObject == null", "", "", ""},
		"the libraries of the API":   {"quantity('1Gi').isGreaterThan(quantity('1G')) && object.metadata.labels.team.matches('^s')", "", "", ""},

		"the authorizer":          {"authorizer.path('/x').check('get').allowed()", "", "", "failed Warn Deployment/m: it cannot be told without the cluster: the rule authorizer.path('/x').check('get').allowed() reads authorizer"},
		"decided without it":      {"object.spec.replicas > 1 || authorizer.path('/x').check('get').allowed()", "", "", ""},
		"it in a variable":        {"variables.may", "failurePolicy: Ignore\n  variables: [{name: may, expression: \"authorizer.group('').resource('pods').check('get').allowed()\"}]", "", "failed Warn Deployment/m: it cannot be told without the cluster: the rule variables.may reads authorizer"},
		"it in a condition":       {"false", "matchConditions: [{name: c, expression: \"authorizer.path('/x').check('get').allowed()\"}]", "", "Deny Deployment/m: failed expression: false (the condition c reads authorizer, which is not known, and is taken to be met)"},
		"the user":                {"has(request.userInfo.username)", "", "", "failed Warn Deployment/m: it cannot be told without the cluster: the rule has(request.userInfo.username) reads request.userInfo"},
		"the user in a condition": {"false", "matchConditions: [{name: c, expression: \"'admins' in request.userInfo.groups\"}]", "", "Deny Deployment/m: failed expression: false (the condition c reads request.userInfo, which is not known, and is taken to be met)"},
		"and the rule holds":      {"true", "matchConditions: [{name: c, expression: \"'admins' in request.userInfo.groups\"}]", "", ""},
		"the namespace's labels":  {"namespaceObject.metadata.labels.tier == 'gold'", "", "", "failed Warn Deployment/m: it cannot be told without the cluster: the rule namespaceObject.metadata.labels.tier == 'gold' reads namespaceObject.metadata.labels.tier"},
		"the namespace's name":    {"namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'ml-prod'", "", "", ""},
	} {
		if got := judge(t, load(t, policyOf(c.expression, c.spec, c.binding)), deployment); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestWhatIsKnownIsToldApart(t *testing.T) {
	set := load(t, policyOf("request.userInfo.username == 'agent' && 'system:masters' in request.userInfo.groups", "", ""))
	if got := judge(t, set.As("agent", "system:masters"), deployment); got != "" {
		t.Errorf("the right user: %s", got)
	}
	if got := judge(t, set.As("other"), deployment); !strings.HasPrefix(got, "Deny ") {
		t.Errorf("another user: %s", got)
	}
	set = load(t, policyOf("namespaceObject.metadata.labels.tier == 'gold'", "", ""))
	for tier, want := range map[string]string{"gold": "", "iron": "Deny Deployment/m: failed expression: namespaceObject.metadata.labels.tier == 'gold'"} {
		found, err := set.Evaluate(t.Context(), []map[string]any{object(t, deployment)}, nil, "ml-prod", map[string]string{"tier": tier})
		if got := lines(found); err != nil || got != want {
			t.Errorf("%s: got %s, %v", tier, got, err)
		}
	}
}

func TestFindingsNameTheirPolicy(t *testing.T) {
	set := load(t, policyOf("false", "  reason: Forbidden", ""))
	found, err := set.Evaluate(t.Context(), []map[string]any{object(t, deployment)}, nil, "ml-prod", nil)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	if f := found[0]; f.Policy != "p" || f.Binding != "b" || f.Reason != "Forbidden" || f.File != "policies/cluster/p.yaml" || f.Line != 3 {
		t.Errorf("got %+v", f)
	}
}

func TestWhatThereIsMakesItAnUpdate(t *testing.T) {
	set := load(t, policyOf("request.operation == 'CREATE' || object.spec.replicas >= oldObject.spec.replicas", "", ""))
	old := func(map[string]any) map[string]any {
		return object(t, strings.Replace(deployment, "replicas: 2", "replicas: 3", 1))
	}
	for name, c := range map[string]struct {
		old  func(map[string]any) map[string]any
		want int
	}{"created": {nil, 0}, "not there": {func(map[string]any) map[string]any { return nil }, 0}, "fewer": {old, 1}} {
		found, err := set.Evaluate(t.Context(), []map[string]any{object(t, deployment)}, c.old, "ml-prod", nil)
		if err != nil || len(found) != c.want {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

// TestMessagesMadeOfASecretAreNotShown: the API server would tell it to whoever applies; a pull request is for everybody.
func TestMessagesMadeOfASecretAreNotShown(t *testing.T) {
	set := load(t, policyOf("false", "  messageExpression: string(object.stringData.token)\n    message: no tokens\n  matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}", ""))
	if got := judge(t, set, "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {token: hunter2}}"); got != "Deny Secret/s: no tokens" {
		t.Errorf("got %s", got)
	}
}

func TestExpensivePoliciesStop(t *testing.T) {
	const many = "[0,1,2,3,4,5,6,7,8,9]"
	expression := "true"
	for _, v := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		expression = many + ".all(" + v + ", " + expression + ")"
	}
	if got := judge(t, load(t, policyOf(expression, "", "")), deployment); !strings.HasPrefix(got, "failed Deny") || !strings.Contains(got, "cost") {
		t.Errorf("got %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := load(t, policyOf("true", "", "")).Evaluate(ctx, []map[string]any{object(t, deployment)}, nil, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAnEmptySetSaysNothing(t *testing.T) {
	var none *Set
	if found, err := none.Evaluate(t.Context(), []map[string]any{object(t, deployment)}, nil, "", nil); err != nil || len(found) != 0 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	set := load(b, policyOf("variables.n > 1", "variables: [{name: n, expression: object.spec.replicas}]", ""))
	objects := []map[string]any{object(b, deployment)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Evaluate(b.Context(), objects, nil, "ml-prod", nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	text := policyOf("variables.n > 1", "variables: [{name: n, expression: object.spec.replicas}]", "")
	for b.Loop() {
		load(b, text)
	}
}
