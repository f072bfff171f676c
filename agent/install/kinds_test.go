package install_test

import (
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/render"
)

// A kind that a unit may bring and the agent may not apply would be refused in the cluster alone.
func TestTheAgentMayApplyEveryKindOfAUnit(t *testing.T) {
	o := plain()
	o.AllowSecrets = true
	manifests, err := install.Manifests(o)
	if err != nil {
		t.Fatal(err)
	}
	var rules []rbacv1.PolicyRule
	for document := range strings.SplitSeq(string(manifests), "\n---\n") {
		var role rbacv1.Role
		if err := yaml.Unmarshal([]byte(document), &role); err == nil && role.Kind == "Role" && role.Namespace == o.TargetNamespaces[0] {
			rules = append(rules, role.Rules...)
		}
	}
	for _, kind := range render.AllowedKinds() {
		resource, _ := meta.UnsafeGuessKindToResource(kind.WithVersion("v1"))
		for _, verb := range []string{"get", "list", "create", "patch", "delete"} {
			if !slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
				return slices.Contains(r.APIGroups, kind.Group) && slices.Contains(r.Resources, resource.Resource) && slices.Contains(r.Verbs, verb)
			}) {
				t.Errorf("the agent may not %s %s", verb, resource.GroupResource())
			}
		}
	}
}
