package check_test

import (
	"testing"
)

// clusterPolicy lets no Deployment have version 2.0, or grow by leaps.
const clusterPolicy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: team-label
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - expression: has(object.spec.template) && !object.spec.template.spec.containers.exists(c, c.image.endsWith(':2.0'))
    message: not yet
  - expression: oldObject == null || oldObject.spec.replicas + 1 >= object.spec.replicas
    message: one replica at a time
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: team-label
spec:
  policyName: team-label
  validationActions: [ACTION]
`

func TestTheClustersOwnPolicies(t *testing.T) {
	with := func(action string) files {
		return files{"policies/cluster/team.yaml": replaced(clusterPolicy, "ACTION", action)}
	}
	update := files{"environments/prod/echo/model.yaml": echo("echo", "2.0")}
	t.Run("deny", func(t *testing.T) {
		h := newHistory(t, with("Deny"))
		h.change("Update it", update)
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo release Admit; 3 not")
		wantText(t, report, "prod/echo: Held\n", "error: cluster/team-label: Deployment/echo: ", "not yet", "(environments/prod/echo/model.yaml:12)")
	})
	t.Run("warn", func(t *testing.T) {
		h := newHistory(t, with("Warn"))
		h.change("Update it", update)
		report := h.check()
		wantBrief(t, report, "Warn; prod/echo release Admit; 3 not")
		wantText(t, report, "prod/echo: Admitted with warnings\n", "warning: cluster/team-label: Deployment/echo: ")
	})
	t.Run("they see what was there", func(t *testing.T) {
		h := newHistory(t, with("Deny"))
		h.change("A little more", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 2}")})
		wantBrief(t, h.check(), "Admit; prod/echo placement Admit; 3 not")
		h.change("Much more", files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 3}")})
		report := h.check()
		wantBrief(t, report, "Hold; prod/echo placement Admit; 3 not")
		wantText(t, report, "one replica at a time")
		h.change("A new one", files{"environments/prod/echo/model.yaml": echo("echo", "1.0"), "environments/staging/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 3}")})
		wantBrief(t, h.check(), "Admit; staging/echo new Admit; 4 not")
	})
	t.Run("of the change are for later", func(t *testing.T) {
		h := newHistory(t)
		h.change("Update it", update, with("Deny"))
		wantBrief(t, h.check(), "Admit; prod/echo release Admit; 3 not")
	})
	t.Run("of the change cannot be dropped", func(t *testing.T) {
		h := newHistory(t, with("Deny"))
		h.change("Update it", update, files{"policies/cluster/team.yaml": ""})
		wantBrief(t, h.check(), "Hold; prod/echo release Admit; 3 not")
	})
}

func TestBrokenPoliciesOfTheCluster(t *testing.T) {
	t.Run("in the change", func(t *testing.T) {
		h := newHistory(t)
		h.change("Break it", files{"policies/cluster/team.yaml": replaced(clusterPolicy, "ACTION", "Deny", "has(", "hass(")})
		report := h.check()
		wantBrief(t, report, "Hold; 4 not")
		wantText(t, report, "(policies/cluster/team.yaml:10")
	})
	t.Run("on the base", func(t *testing.T) {
		h := newHistory(t, files{"policies/cluster/team.yaml": "kind: Nonsense\n"})
		h.change("Update it", files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
		report := h.check()
		wantBrief(t, report, "Admit; prod/echo release Admit; 3 not")
		wantText(t, report, "has of the cluster's own policies is broken, and says nothing here: policies/cluster/team.yaml:1")
	})
}
