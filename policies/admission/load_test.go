package admission

import (
	"strings"
	"testing"
	"testing/fstest"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const about = "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}"

// TestWhatIsNotAPolicyIsRefused: what is left out would let everything pass.
func TestWhatIsNotAPolicyIsRefused(t *testing.T) {
	good := policyOf("true", "", "")
	for want, text := range map[string]string{
		"5: spec.matchConstraint: a ValidatingAdmissionPolicy has no such field; remove it":                                                                                     "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  matchConstraint: {}\n  " + about + "\n  validations: [{expression: 'true'}]\n",
		"4: spec.matchConstraints.resourceRules: a policy without resourceRules is about nothing; say which objects it is about":                                                "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  validations: [{expression: 'true'}]\n",
		"4: spec.validations: a policy without validations says nothing; add a validation":                                                                                      "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  " + about + "\n",
		"8: spec.validations[0].expression: there is nothing named 'objct'; correct the expression; an API server would not accept it either":                                   "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  " + about + "\n  validations:\n  - expression: |\n      objct.x\n",
		"7: spec.validations[0].expression: must evaluate to bool but got dyn; correct the expression; an API server would not accept it either":                                "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  " + about + "\n  validations:\n  - expression: object.x\n",
		"6: spec.variables[0].expression: there is nothing named 'objct'; correct the expression; an API server would not accept it either":                                     "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n  " + about + "\n  variables: [{name: v, expression: objct.x}]\n  validations: [{expression: 'true'}]\n",
		"1: apiVersion: admissionregistration.k8s.io/v1alpha1 is not read; write admissionregistration.k8s.io/v1":                                                               "apiVersion: admissionregistration.k8s.io/v1alpha1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\n",
		"2: kind: MutatingAdmissionPolicy is neither a ValidatingAdmissionPolicy, nor a binding, nor of a kind that one of the policies takes parameters of; move it elsewhere": "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: p}\n",
		"19: kind: ConfigMap is neither a ValidatingAdmissionPolicy, nor a binding, nor of a kind that one of the policies takes parameters of; move it elsewhere":              good + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: n}\n",
		"20: metadata.namespace: a ConfigMap is in a namespace; say the namespace that it is in":                                                                                policyOf("true", "paramKind: {apiVersion: v1, kind: ConfigMap}", "") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
		"21: spec.validationActions: a binding has to say what follows from a failure; write validationActions: [Deny], or Warn or Audit":                                       good + "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: c}\nspec:\n  policyName: p\n",
		`21: spec.policyName: there is no policy named "q" here; add the policy, or delete the binding`:                                                                         good + "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: c}\nspec: {policyName: q, validationActions: [Deny]}\n",
		"20: metadata.name: there is a ValidatingAdmissionPolicyBinding named b already; keep one of them":                                                                      good + "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b}\nspec: {policyName: p, validationActions: [Deny]}\n",
		"1: metadata.name: expected an object with a name; write an object with kind and metadata.name":                                                                         "- a\n",
		"5: items[0].kind: Role is neither a ValidatingAdmissionPolicy, nor a binding, nor of a kind that one of the policies takes parameters of; move it elsewhere":           "apiVersion: v1\nkind: List\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: Role\n  metadata: {name: r}\n",
	} {
		set, problems := Load(fstest.MapFS{"c/p.yaml": {Data: []byte(text)}}, "c")
		want = "c/p.yaml:" + want
		if set != nil || len(problems) != 1 || problems[0].Error() != want {
			t.Errorf("got  %v\nwant %s\n%s", problems, want, text)
		}
	}
}

// exported is what kubectl get -o yaml writes.
const exported = `apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: admissionregistration.k8s.io/v1beta1
  kind: ValidatingAdmissionPolicy
  metadata:
    name: p
    uid: 0e9e39f2-49a1-4976-918f-6564b8830bc8
    resourceVersion: "7"
    generation: 1
    creationTimestamp: "2026-01-02T03:04:05Z"
    annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
    managedFields: [{manager: kubectl, operation: Update, apiVersion: admissionregistration.k8s.io/v1, time: "2026-01-02T03:04:05Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {}}}]
  spec:
    failurePolicy: Fail
    matchConstraints:
      matchPolicy: Equivalent
      namespaceSelector: {}
      objectSelector: {}
      resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments], scope: "*"}]
    validations: [{expression: "false", message: no}]
  status: {observedGeneration: 1, typeChecking: {}}
- apiVersion: admissionregistration.k8s.io/v1
  kind: ValidatingAdmissionPolicyBinding
  metadata: {name: b, uid: 0e9e39f2-49a1-4976-918f-6564b8830bc9}
  spec: {policyName: p, validationActions: [Deny]}
`

func TestWhatKubectlWritesIsRead(t *testing.T) {
	if got := judge(t, load(t, exported), deployment); got != "Deny Deployment/m: no" {
		t.Errorf("got %q", got)
	}
	typed := strings.NewReplacer("apiVersion: v1\nkind: List\n", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyList\n",
		"- apiVersion: admissionregistration.k8s.io/v1beta1\n  kind: ValidatingAdmissionPolicy\n  metadata", "- metadata").Replace(exported)
	typed = typed[:strings.Index(typed, "- apiVersion: admissionregistration.k8s.io/v1\n  kind: ValidatingAdmissionPolicyBinding")]
	if set := load(t, typed); set.Len() != 1 || judge(t, set, deployment) != "" {
		t.Error("a typed list whose items do not say their kind, and a policy that nothing binds")
	}
}

func TestWhatIsNoFileOfPoliciesIsLeftAlone(t *testing.T) {
	set, problems := Load(fstest.MapFS{"c/README.md": {}, "c/p.yml": {Data: []byte(policyOf("true", "", ""))}}, "c")
	if len(problems) > 0 || set.Len() != 1 {
		t.Errorf("%v, %v", set, problems)
	}
	if set, problems = Load(fstest.MapFS{}, "c"); len(problems) > 0 || set.Len() != 0 {
		t.Errorf("no directory: %v, %v", set, problems)
	}
	if _, problems = Load(fstest.MapFS{"c/d.yaml/x": {}}, "c"); len(problems) != 1 {
		t.Errorf("a directory: %v", problems)
	}
}

func TestObjectsOfAClusterMakeASet(t *testing.T) {
	rule := admissionregistrationv1.NamedRuleWithOperations{RuleWithOperations: admissionregistrationv1.RuleWithOperations{
		Operations: []admissionregistrationv1.OperationType{"*"},
		Rule:       admissionregistrationv1.Rule{APIGroups: []string{"*"}, APIVersions: []string{"*"}, Resources: []string{"*"}},
	}}
	p := admissionregistrationv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	p.Spec.MatchConstraints = &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{rule}}
	p.Spec.Validations = []admissionregistrationv1.Validation{{Expression: "objct.x"}}
	b := admissionregistrationv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: "b"}}
	b.Spec = admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: "p", ValidationActions: []admissionregistrationv1.ValidationAction{"Deny"}}
	other := *b.DeepCopy()
	other.Spec.PolicyName = "gone"
	set := FromObjects([]admissionregistrationv1.ValidatingAdmissionPolicy{p}, []admissionregistrationv1.ValidatingAdmissionPolicyBinding{b, other}, nil)
	if got := judge(t, set, deployment); !strings.HasPrefix(got, "failed Deny Deployment/m: compilation error: compilation failed") {
		t.Errorf("an expression that does not compile: got %q", got)
	}
	if p.Spec.FailurePolicy != nil {
		t.Error("the caller's policy was changed")
	}
	p.Spec.MatchConstraints = nil
	set = FromObjects([]admissionregistrationv1.ValidatingAdmissionPolicy{p}, nil, nil)
	if got := judge(t, set, deployment); got != "failed Deny Deployment/m: failed to configure policy: policy contained no match constraints, a required field" {
		t.Errorf("a policy without constraints: got %q", got)
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{exported, policyOf("true", "", ""), policyOf("variables.v", "variables: [{name: v, expression: 'true'}]", "") + configs, "kind: List\nitems: [1, {}]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, problems := Load(fstest.MapFS{"c/p.yaml": {Data: []byte(text)}}, "c")
		if (set == nil) == (len(problems) == 0) {
			t.Fatalf("a set or problems: %v, %v", set, problems)
		}
		for _, p := range problems {
			if p.File == "" || p.Rule == "" || p.Message == "" {
				t.Errorf("%+v", p)
			}
		}
		if _, err := set.Evaluate(t.Context(), []map[string]any{{"apiVersion": "apps/v1", "kind": "Deployment"}}, nil, "n", nil); err != nil {
			t.Error(err)
		}
	})
}
