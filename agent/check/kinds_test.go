package check_test

import (
	"testing"
)

func TestKindsOfChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change files
		want   string
		text   []string
	}{
		"a new unit": {files{"environments/prod/owl/model.yaml": echo("owl", "1.0")}, "Admit; prod/owl new Admit; 4 not",
			[]string{"change: new rel-", "+ Deployment models-prod/owl"}},
		"a removal": {files{"environments/prod/echo/model.yaml": "", "environments/prod/echo/README.md": ""}, "Admit; prod/echo removal Admit; 3 not",
			[]string{"change: removal of rel-", "- Deployment models-prod/echo"}},
		"a release": {files{"environments/prod/echo/model.yaml": echo("echo", "2.0")}, "Admit; prod/echo release Admit; 3 not",
			[]string{"change: release, rel-", "-   spec.template.spec.containers[server].image: registry.example.com/echo:1.0"}},
		"a placement": {files{"environments/prod/echo/model.yaml": echo("echo", "1.0", "scaling: {min: 2}")}, "Admit; prod/echo placement Admit; 3 not",
			[]string{"+   spec.replicas: 2"}},
		"both": {files{"environments/prod/echo/model.yaml": echo("echo", "2.0", "scaling: {min: 2}")}, "Admit; prod/echo both Admit; 3 not", nil},
		"a unit that moves": {files{"environments/prod/echo/model.yaml": "", "environments/prod/echo/README.md": "", "environments/staging/echo/model.yaml": echo("echo", "1.0")},
			"Admit; prod/echo removal Admit; staging/echo new Admit; 3 not", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			h.change("Change it", c.change)
			report := h.check()
			wantBrief(t, report, c.want)
			wantText(t, report, c.text...)
		})
	}
}

// A release that the branch had before, and not last, returns. One that it never had does not, however the commits of the
// change itself went to and fro.
func TestRollback(t *testing.T) {
	h := newHistory(t)
	h.main("Bring 2.0", files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
	h.main("Another thing", files{"environments/prod/parrot/model.yaml": echo("parrot", "2.0")})
	h.change("Go back", files{"environments/prod/echo/model.yaml": echo("echo", "1.0")})
	wantBrief(t, h.check(), "Admit; prod/echo rollback Admit; 3 not")

	h.change("Go on", files{"environments/prod/echo/model.yaml": echo("echo", "3.0")})
	wantBrief(t, h.check(), "Admit; prod/echo release Admit; 3 not")
	h.change("Go to and fro", files{"environments/prod/echo/model.yaml": echo("echo", "4.0")})
	h.change("Go to and fro", files{"environments/prod/echo/model.yaml": echo("echo", "3.0")})
	wantBrief(t, h.check(), "Admit; prod/echo release Admit; 3 not")
}

// What was broken in between is no release that was admitted.
func TestRollbackPastACommitThatWasBroken(t *testing.T) {
	h := newHistory(t)
	h.main("Break it", files{"environments/prod/echo/model.yaml": "kind: ModelDeployment\n"})
	h.main("Bring 2.0", files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
	h.change("Go back", files{"environments/prod/echo/model.yaml": echo("echo", "1.0")})
	wantBrief(t, h.check(), "Admit; prod/echo rollback Admit; 3 not")
}

func TestGPUsAndTheirCost(t *testing.T) {
	h := newHistory(t, files{
		"environments/prod/environment.yaml": environment("prod", `gpuPrices: {NVIDIA-H100-80GB-HBM3: "2.5"}`),
		"environments/prod/a/model.yaml":     llama("a", 2), "environments/prod/b/model.yaml": llama("b", 1),
	})
	h.change("Change them", files{
		"environments/prod/a/model.yaml": llama("a", 3), "environments/prod/b/model.yaml": "", "environments/prod/c/model.yaml": llama("c", 3),
		"environments/dev/c/model.yaml": llama("c", 3),
	})
	report := h.check()
	wantText(t, report,
		"prod/a: Admitted\n  change: placement", "  GPUs: 2 to 3 (+1); cost per hour: 5.00 to 7.50 (+2.50)\n",
		"  GPUs: 1 to 0 (-1); cost per hour: 2.50 to 0.00 (-2.50)\n", "  GPUs: 3; cost per hour: 7.50\n", "  GPUs: 3\n  memory: it fits")
}
