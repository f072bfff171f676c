package check_test

import (
	"fmt"
	"testing"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/render"
)

// thousand has 1,000 units that share a base, in three environments. One of them gets another replica.
func thousand(b *testing.B, spec string) *history {
	b.Helper()
	all := files{
		"environments/base/shared/kustomization.yaml": "resources: [model.yaml]\n",
		"environments/base/shared/model.yaml":         llama("shared", 2),
	}
	placement := func(replicas int) string {
		return fmt.Sprintf("apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: shared}\nspec:\n  scaling: {min: %d}\n", replicas)
	}
	names := []string{"dev", "staging", "prod"}
	for _, name := range names {
		all["environments/"+name+"/environment.yaml"] = environment(name, "profile: standard", spec)
	}
	for i := range 1000 {
		dir := fmt.Sprintf("environments/%s/model-%d/", names[i%3], i)
		all[dir+"kustomization.yaml"] = fmt.Sprintf("resources: [../../base/shared]\npatches:\n- path: placement.yaml\n"+
			"- target: {kind: ModelDeployment}\n  patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\", \"value\": \"model-%d\"}]'\n", i)
		all[dir+"placement.yaml"] = placement(2)
	}
	h := newHistory(b, all)
	h.change("One more", files{"environments/prod/model-2/placement.yaml": placement(3)})
	if _, err := h.repo.Git(nil, "gc", "--quiet"); err != nil {
		b.Fatal(err)
	}
	return h
}

func BenchmarkCheckOneOfThousand(b *testing.B) {
	for name, spec := range map[string]string{
		"standard":            "",
		"and a quota of GPUs": "policies: [{name: gpu-quota, params: {gpus: 9999}}]",
	} {
		b.Run(name, func(b *testing.B) {
			h := thousand(b, spec)
			b.ReportAllocs()
			for b.Loop() {
				report := freshly(b, h)
				if len(report.Units) != 1 || report.Units[0].Outcome == nil || report.Unaffected != 1003 {
					b.Fatal(brief(report))
				}
			}
		})
	}
}

// freshly opens the clone for each run, as the command does: nothing is remembered.
func freshly(b *testing.B, h *history) *check.Report {
	b.Helper()
	clone, err := source.OpenClone(h.repo.Dir())
	if err != nil {
		b.Fatal(err)
	}
	defer clone.Close()
	trees, err := treesOf(clone)
	if err != nil {
		b.Fatal(err)
	}
	report, err := check.Run(b.Context(), render.New(), trees, check.Options{Now: now})
	if err != nil {
		b.Fatal(err)
	}
	return report
}
