package promote_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/environments"
)

func TestAPlanCopiesTheReleaseByteForByte(t *testing.T) {
	r := newRepository(t)
	plan := r.plan(promote.Request{Model: "llama", To: "prod"})
	if plan.From != "staging" || plan.Unit() != "prod/llama" || plan.Branch() != "penstock/promote/prod/llama" {
		t.Errorf("from %s, unit %s, branch %s", plan.From, plan.Unit(), plan.Branch())
	}
	if want := read(t, "environments/staging/llama/release.yaml"); string(plan.Data) != want || len(plan.Files()) != 1 {
		t.Errorf("copies %d files:\n%s", len(plan.Files()), plan.Data)
	}
	if plan.Digest() != environments.ReleaseDigest(plan.Origin.Descriptor.Spec.Release) || plan.ReleaseID() != plan.Origin.ReleaseID {
		t.Error("it is another release")
	}
	if plan.After.Descriptor.Spec.Scaling.Min == nil || *plan.After.Descriptor.Spec.Scaling.Min != 3 {
		t.Error("the placement is not prod's own")
	}
	data, err := fs.ReadFile(plan.Tree, plan.Target)
	if err != nil || string(data) != string(plan.Data) {
		t.Errorf("the tree has not what is promoted: %v", err)
	}
	if plan.Replaces() != plan.Before.ReleaseID || plan.Replaces() == plan.ReleaseID() {
		t.Errorf("replaces %s", plan.Replaces())
	}
}

func TestWhatCannotBePromotedIsRefusedWithTheFileToBlame(t *testing.T) {
	r := newRepository(t)
	_, at := r.main()
	for _, test := range []struct {
		model, from, to string
		rule            string // empty for an error that is no refusal
		want            string
	}{
		{"llama", "", "prd", "", `there is no environment "prd"; did you mean prod? (the repository has alone, dev, edge, prod, staging)`},
		{"lama", "", "prod", "", `there is no model "staging/lama"; did you mean staging/llama?`},
		{"", "", "prod", "", `"" is not the name of a model, such as llama-3-8b`},
		{"llama/x", "", "prod", "", `there is no model "staging/llama/x"`},
		{"llama", "", "", "", `"" is not the name of an environment, such as prod`},
		{"llama", "", "prod/llama", "", `"prod/llama" is not the name of an environment, such as prod`},
		{"llama", "stagin", "prod", "", `there is no environment "stagin"; did you mean staging?`},
		{"llama", "dev", "prod", promote.NotPromotedFrom, "environments/prod/environment.yaml:7: spec.promotedFrom: releases come to prod from staging, and not from dev; promote it to staging first, and from there to prod"},
		{"llama", "edge", "prod", promote.NotPromotedFrom, "releases come to prod from staging, and not from edge; promote it from there, or have spec.promotedFrom name edge"},
		{"llama", "", "alone", promote.NotPromotedFrom, "releases come to alone from no other environment; name one in spec.promotedFrom, or change release.yaml in a commit of your own"},
		{"llama", "dev", "alone", promote.NotPromotedFrom, "releases come to alone from no other environment, and not from dev"},
		{"unplaced", "", "prod", promote.ModelNotPlaced, "environments/prod/unplaced: prod has no unplaced yet, and so nothing says where it would run there; copy environments/staging/unplaced there once, with a placement.yaml of its own"},
		{"same", "", "prod", promote.SameRelease, "environments/prod/same/release.yaml: prod/same has rel-"},
		{"whole", "", "prod", promote.NoReleaseFile, "environments/staging/whole/model.yaml:7: spec.release: the release of staging/whole is here, and promotion copies environments/staging/whole/release.yaml; move spec.release, and nothing else, into environments/staging/whole/release.yaml as a patch, and list it in kustomization.yaml: patches: [{path: release.yaml}]"},
		{"half", "", "prod", promote.NoReleaseFile, "environments/prod/half/all.yaml:7: spec.release: the release of prod/half is here, and promotion copies environments/prod/half/release.yaml"},
		{"unlisted", "", "prod", promote.NoReleaseFile, "environments/staging/unlisted/release.yaml: staging/unlisted is not built from this file; list it in kustomization.yaml: patches: [{path: release.yaml}]"},
		{"mixed", "", "prod", promote.NotOnlyRelease, "environments/staging/mixed/release.yaml:18: spec.scaling: promotion copies this file, and it is more than a release; move it to placement.yaml"},
		{"labelled", "", "prod", promote.NotOnlyRelease, "environments/staging/labelled/release.yaml:6: metadata.labels: promotion copies this file, and it is more than a release"},
		{"twice", "", "prod", promote.NotOnlyRelease, "environments/staging/twice/release.yaml: promotion copies this file, and it is more than a release; let it be one patch of a ModelDeployment that sets spec.release"},
		{"broken", "", "prod", promote.Broken, "environments/staging/broken/release.yaml:17: spec.release.runtime.contextLenght: there is no such field"},
		{"hopeless", "", "prod", promote.Broken, "environments/prod/hopeless/placement.yaml:7: spec.scalling: there is no such field"},
		{"based", "", "prod", promote.OtherRelease, "environments/base/based-prod/model.yaml:8: spec.release.runtime.kvCachePrecision: with this, the same release.yaml is another release in prod/based than in staging/based: fp8 in prod/based, and nothing in staging/based (environments/staging/based/release.yaml:14); say it in environments/staging/based/release.yaml, and nowhere else, so that it is promoted"},
		{"patched", "", "prod", promote.OtherRelease, `environments/prod/patched/tuning.yaml:9: spec.release.runtime.args: with this, the same release.yaml is another release in prod/patched than in staging/patched: ["--enable-prefix-caching"] in prod/patched, and nothing in staging/patched`},
		{"tuned", "", "prod", promote.OtherRelease, "environments/staging/tuned/tuning.yaml:7: spec.release.runtime.contextLength: with this, the same release.yaml is another release in prod/tuned than in staging/tuned: 8192 in prod/tuned, and 4096 in staging/tuned (environments/prod/tuned/release.yaml:17)"},
	} {
		_, err := promote.New(renderer, at, gate.Layout{}, promote.Request{Model: test.model, From: test.from, To: test.to})
		var refusal *promote.Refusal
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s to %s: got  %v\nwant %s", test.model, test.to, err, test.want)
		}
		if is := errors.As(err, &refusal); is != (test.rule != "") || is && refusal.Rule != test.rule {
			t.Errorf("%s to %s: it is refused by %+v, want %q", test.model, test.to, refusal, test.rule)
		}
	}
}

func TestABrokenEnvironmentIsNoTarget(t *testing.T) {
	for name, broken := range map[string]string{"the target": "prod", "the source": "staging"} {
		r := newRepository(t)
		file := "environments/" + broken + "/environment.yaml"
		r.write("Break", map[string]string{file: strings.Replace(read(t, file), "namespace:", "namespcae:", 1)})
		_, at := r.main()
		_, err := promote.New(renderer, at, gate.Layout{}, promote.Request{Model: "llama", To: "prod"})
		var refusal *promote.Refusal
		if !errors.As(err, &refusal) || refusal.Rule != promote.Broken && refusal.Rule != promote.NotPromotedFrom || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPromotionMendsATargetThatTheOldReleaseBroke(t *testing.T) {
	plan := newRepository(t).plan(promote.Request{Model: "mended", To: "prod"})
	if plan.Before != nil || plan.Replaces() != "" || len(plan.Warnings) != 1 || !strings.HasPrefix(plan.Warnings[0], "prod/mended is broken now: ") {
		t.Errorf("replaces %q, warns of %q", plan.Replaces(), plan.Warnings)
	}
}

func TestASuspendedEnvironmentIsWarnedOf(t *testing.T) {
	r := newRepository(t)
	r.write("Go ahead", map[string]string{"environments/prod/llama/release.yaml": read(t, "environments/dev/llama/release.yaml")})
	plan := r.plan(promote.Request{Model: "llama", To: "edge"})
	if len(plan.Warnings) != 1 || plan.Warnings[0] != "edge is suspended: nothing is applied there until spec.suspend is gone" {
		t.Errorf("warns of %q", plan.Warnings)
	}
}

func TestTheKeyChangesWithTheReleaseAndWithTheTargetAlone(t *testing.T) {
	r := newRepository(t)
	request := promote.Request{Model: "llama", To: "prod"}
	first := r.plan(request).Key()
	r.write("Something else", map[string]string{"environments/prod/same/placement.yaml": "# scaled\n" + read(t, "environments/prod/same/placement.yaml")})
	if again := r.plan(request).Key(); again != first {
		t.Errorf("%s became %s", first, again)
	}
	r.write("Scale", map[string]string{"environments/prod/llama/placement.yaml": "# scaled\n" + read(t, "environments/prod/llama/placement.yaml")})
	second := r.plan(request).Key()
	r.write("Release", map[string]string{"environments/staging/llama/release.yaml": strings.Replace(read(t, "environments/staging/llama/release.yaml"), "8192", "4096", 1)})
	third := r.plan(request).Key()
	if first == second || second == third {
		t.Errorf("%s, %s, %s", first, second, third)
	}
}
