package check_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/policies/admission"
	"github.com/penstock-dev/penstock/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden shows what people and machines read of a change in which much happens.
func TestGolden(t *testing.T) {
	report := eventful(t).check(check.Options{Live: talkative{}})
	for i := range report.Units { // what every change of rendering or of the library would alter
		if outcome := report.Units[i].Outcome; outcome != nil {
			outcome.Objects, outcome.Cost = "(digest of the objects)", 1
		}
	}
	for name, file := range map[string]string{
		"text": "report.txt", "markdown": "report.md", "json": "report.json", "sarif": "report.sarif", "junit": "report.xml",
	} {
		t.Run(name, func(t *testing.T) { golden(t, file, written(t, formats[name], report)) })
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not as it was (-update writes it anew):\n%s", name, diff)
	}
}

// eventful is a change that is held for many reasons.
func eventful(t *testing.T) *history {
	t.Helper()
	h := newHistory(t, files{
		"environments/prod/environment.yaml": environment("prod", "promotedFrom: staging", `gpuPrices: {NVIDIA-H100-80GB-HBM3: "2.50"}`,
			`policies: [{name: few}, {name: careful}, {name: gpu-quota, params: {gpus: 4}}, {name: image-by-digest}, {name: change-window}, {name: promoted-from}]`,
			`windows: [{name: peak, kind: Freeze, schedule: "0 0 23 11 *", duration: 36h, timeZone: Europe/Berlin}]`),
		"environments/prod/llama/model.yaml":             llama("llama", 2),
		"environments/prod/owl/model.yaml":               echo("owl", "1.0"),
		"environments/prod/raven/model.yaml":             echo("raven", "1.0"),
		"environments/prod/raven/README.md":              "What croaks.\n",
		"policies/careful.yaml":                          policy("careful", "change.kind != 'removal'", "somebody may still use it") + "  validationActions: [Warn]\n",
		"policies/exceptions/launch.yaml":                exception("launch", "prod/owl", "image-by-digest", "2026-12-01T00:00:00Z"),
		"policies/exceptions/old.yaml":                   exception("old", "prod/echo", "few", "2026-11-01T00:00:00Z"),
		"policies/cluster/team.yaml":                     replaced(clusterPolicy, "ACTION", "Warn"),
		"trust/allowed_signers":                          allowed(t, 1, 2),
		"trust/trust.yaml":                               "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {overriders: [sre@example.com]}\n",
		"environments/prod/secretive/a.yaml":             "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: open-sesame}\n",
		"environments/prod/secretive/m.yaml":             echo("secretive", "1.0"),
		"environments/prod/secretive/kustomization.yaml": "resources: [a.yaml, m.yaml]\n",
	})
	h.change("Be free", files{"policies/few.yaml": policy("few", fewer(100), "at most 100 replicas")})
	h.change("Remove, add and break things", files{
		"environments/prod/parrot/model.yaml": "", "environments/staging/owl/model.yaml": echo("owl", "1.0"),
		"environments/prod/raven/model.yaml": replaced(echo("raven", "1.0"), "image:", "imgae:"),
		"environments/prod/secretive/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: close-sesame}\n",
	})
	h.change("Serve more", files{
		"environments/prod/echo/model.yaml":  echo("echo", "2.0", "scaling: {min: 9}"),
		"environments/prod/llama/model.yaml": replaced(llama("llama", 5), "v0.11.0", "v0.12.0"),
	})
	h.signed(1, "Wake the owl\n\nPenstock-Override: change-window, promoted-from\nPenstock-Override-Reason: the site is down\n",
		files{"environments/prod/owl/model.yaml": echo("owl", "1.1")})
	return h
}

func exception(name, unit, policy, expires string) string {
	return "apiVersion: penstock.dev/v1alpha1\nkind: PolicyException\nmetadata:\n  name: " + name + "\nspec:\n  units: [" + unit + "]\n  policy: " + policy +
		"\n  reason: the launch\n  approver: cto@example.com\n  expires: " + expires + "\n"
}

// talkative is a cluster that has something to say.
type talkative struct{}

func (talkative) Statuses(context.Context) (map[string]v1alpha1.ModelDeploymentStatus, error) {
	return nil, nil
}

func (talkative) Room(_ context.Context, o *render.Objects) (*policies.Capacity, error) {
	if o.GPUs == 0 {
		return nil, nil
	}
	return &policies.Capacity{Schedulable: false, Message: "room for 3 of 5 replicas now: 2 GPUs are missing"}, nil
}

func (talkative) DryRun(_ context.Context, o *render.Objects) ([]string, error) {
	if o.Unit.ID() != "prod/llama" {
		return nil, nil
	}
	return []string{`Deployment llama: admission webhook "budget.example.com" denied the request: no budget left`}, nil
}

func (talkative) Policies(context.Context) (*admission.Set, error) { return nil, nil }

func (talkative) Labels(context.Context, string) map[string]string { return nil }
