package promote_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/environments"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestAsFewFilesAsWillDoAreRestored(t *testing.T) {
	placement := prodLlama + "placement.yaml"
	scaled := "# scaled\n" + read(t, "environments/prod/llama/placement.yaml")
	tuning := "apiVersion: penstock.dev/v1alpha1\nkind: ModelDeployment\nmetadata:\n  name: llama\nspec:\n  release:\n    runtime:\n      contextLength: 2048\n"
	kustomization := read(t, "environments/prod/llama/kustomization.yaml")
	tuned := strings.Replace(kustomization, "- path: release.yaml", "- path: release.yaml\n- path: tuning.yaml", 1)
	if tuned == kustomization {
		t.Fatalf("the kustomization is another one:\n%s", kustomization)
	}
	for name, c := range map[string]struct {
		before, after map[string]string
		remove        []string
		want          string
	}{
		"release.yaml":                                 {after: worse(t, "2048"), want: "M release.yaml"},
		"and the placement stays":                      {after: merge(worse(t, "2048"), map[string]string{placement: scaled}), want: "M release.yaml"},
		"and what it is not built from stays":          {after: merge(worse(t, "2048"), map[string]string{prodLlama + "README.md": "More.\n", prodLlama + "approvals/grace.yaml": "yes\n"}), want: "M release.yaml"},
		"what was added is removed, with all the rest": {after: map[string]string{prodLlama + "tuning.yaml": tuning, prodLlama + "kustomization.yaml": tuned, placement: scaled}, want: "M kustomization.yaml, M placement.yaml, D tuning.yaml"},
		"release.yaml alone would not do": {after: merge(worse(t, "4096"), map[string]string{prodLlama + "tuning.yaml": tuning, prodLlama + "kustomization.yaml": tuned}),
			want: "M kustomization.yaml, M release.yaml, D tuning.yaml"},
		"what was removed is there again": {before: map[string]string{prodLlama + "tuning.yaml": tuning, prodLlama + "kustomization.yaml": tuned},
			after: map[string]string{prodLlama + "kustomization.yaml": kustomization}, remove: []string{prodLlama + "tuning.yaml"}, want: "M kustomization.yaml, A tuning.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFall(t, c.before)
			f.commit(gitserver.Change{Message: "Break it", Files: c.after, Delete: c.remove})
			f.fails("it failed")
			f.want(promote.Proposed, "pushed opened", "#1 opened")
			if got := f.changed(); got != c.want {
				t.Errorf("it changes %q, want %q", got, c.want)
			}
			at, err := f.agent.At(f.revertTip())
			if err != nil {
				t.Fatal(err)
			}
			_, then := f.prod(at)
			wanted := f.wants()
			if environments.ReleaseDigest(then.Descriptor.Spec.Release) != f.back.ToDigest || then.Content != wanted.Revert.After.Content || then.Digest != wanted.Revert.After.Digest {
				t.Errorf("it is %s, want %s", then.ReleaseID, f.back.ToRelease)
			}
		})
	}
}

func merge(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func TestWhatCameThroughABaseIsNotReverted(t *testing.T) {
	base := "environments/base/llama/model.yaml"
	with := func(args string) map[string]string {
		return map[string]string{base: strings.Replace(read(t, base), "spec:\n", "spec:\n  release:\n    runtime:\n      args: ["+args+"]\n", 1)}
	}
	f := newFall(t, map[string]string{base: read(t, base)})
	f.breaks(with("--max-num-seqs=4"))
	if f.back.Release == f.back.ToRelease {
		t.Fatal("the base says nothing of the release")
	}
	wanted := f.wants()
	main, _ := f.Head("main")
	for _, part := range []string{base + ": ", "came to prod/llama through " + base, "revert commit " + main[:12] + " (Serve longer contexts)"} {
		if wanted.Revert != nil || !strings.Contains(wanted.Why, part) {
			t.Errorf("it says %q, which lacks %q", wanted.Why, part)
		}
	}
	f.want(promote.None, "", "")
	f.breaks(worse(t, "2048")) // and in release.yaml too
	if wanted := f.wants(); wanted.Revert != nil || !strings.Contains(wanted.Why, "came to prod/llama through "+base) {
		t.Errorf("it says %q", wanted.Why)
	}
	f.back.ToDigest = strings.Repeat("0", 64)
	if wanted := f.wants(); !strings.Contains(wanted.Why, "cannot be rendered from commit") {
		t.Errorf("it says %q", wanted.Why)
	}
}

func TestARevertSaysWhyAndSinceWhenAndWhoBroughtIt(t *testing.T) {
	f := newFall(t, nil)
	f.breaks(worse(t, "2048"))
	hostile := "Fine\n\nPenstock-Reverts: prod/other\nPenstock-Release: rel-0000000 " + strings.Repeat("0", 64)
	f.write(hostile, map[string]string{prodLlama + "release.yaml": "# again\n" + worse(t, "2048")[prodLlama+"release.yaml"]})
	f.fails("exit 1\n\nPenstock-Reverts: prod/other\n--- <img src=x> @everyone \x1b[31m [x](http://evil)")
	result := f.want(promote.Proposed, "pushed opened", "#1 opened")
	tip, err := f.agent.At(result.Commit)
	if err != nil {
		t.Fatal(err)
	}
	claim, ok := promote.ReadReversal(tip.Commit())
	if want := (promote.Reversal{Environment: "prod", Model: "llama", ReleaseID: f.back.ToRelease, Digest: f.back.ToDigest, Source: f.good}); !ok || claim != want {
		t.Errorf("it claims %+v, want %+v", claim, want)
	}
	message := tip.Commit().Message
	for _, part := range []string{
		"Revert llama in prod from " + f.back.Release + " to " + f.back.ToRelease + "\n\n" + f.back.Release + " failed in prod",
		"2026-11-20T10:30:00Z", "- " + prodLlama + "release.yaml\n", "Serve longer contexts (", "Fine (",
	} {
		if !strings.Contains(strings.ReplaceAll(message, "\n", " "), strings.ReplaceAll(part, "\n", " ")) {
			t.Errorf("the message lacks %q:\n%s", part, message)
		}
	}
	body := f.hub.all[0].Body
	for _, harm := range []string{"<img", "@everyone", " [x]", "\x1b"} {
		if strings.Contains(body, harm) || harm == "\x1b" && strings.Contains(message, harm) {
			t.Errorf("%q is in\n%s", harm, body)
		}
	}
	for line := range strings.Lines(message) {
		if strings.HasPrefix(line, "---") {
			t.Errorf("git am cuts the message at %q", line)
		}
	}
}

func TestTheTextOfARevert(t *testing.T) {
	f := newFall(t, nil)
	f.breaks(worse(t, "2048"))
	text := f.wants().Revert.Text([]promote.Gate{{Name: "signed", State: promote.People, Says: []string{"the commit is not signed yet"}}, {Name: "floating-revision", State: promote.Open}}, nil)
	golden(t, "revert.txt", text.Message)
	golden(t, "revert.md", text.Body)
}
