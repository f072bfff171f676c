package promote_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/test/gitserver"
)

func TestARevertEndsWhenGitAsksForSomethingElseOrItIsMerged(t *testing.T) {
	f := newFall(t, nil)
	f.breaks(worse(t, "2048"))
	f.want(promote.Proposed, "pushed opened", "#1 opened")
	f.write("Mend it", worse(t, "1024"))
	f.want(promote.None, "closed deleted", "#1 closed: Git asks for something else.")
	f.breaks(worse(t, "512"))
	f.want(promote.Proposed, "pushed opened", "#2 opened")
	f.hub.merge(2, f.write("Revert (#2)", map[string]string{prodLlama + "release.yaml": read(t, "environments/prod/llama/release.yaml")})) // squashed
	f.want(promote.None, "deleted", "")
	f.breaks(worse(t, "2048")) // the first one again, at another time
	f.back.Since = metav1.Time{Time: committed.Add(9 * time.Hour)}
	f.want(promote.Proposed, "pushed opened", "#3 opened")
	f.hub.decline(3)
	f.want(promote.Declined, "", "")
	f.write("Something else", map[string]string{"README.md": "Models.\n"})
	f.want(promote.Declined, "", "")
	f.back.Since = metav1.Time{Time: committed.Add(10 * time.Hour)}
	f.want(promote.Proposed, "opened", "#4 opened")
}

func TestCommitsOfPeopleOnARevertAreNeverOverwritten(t *testing.T) {
	for name, add := range map[string]func(f *fall){
		"on top": func(f *fall) {
			f.commit(gitserver.Change{Branch: revertBranch, Message: "And scale", Files: map[string]string{prodLlama + "placement.yaml": "# more\n"}})
		},
		"amended": func(f *fall) {
			message, _ := f.Git(nil, "log", "-1", "--format=%B", revertBranch)
			main, _ := f.Head("main")
			f.commit(gitserver.Change{Branch: revertBranch, Onto: main, Message: message, Files: map[string]string{
				prodLlama + "release.yaml": read(f, "environments/prod/llama/release.yaml"), prodLlama + "README.md": "Mine.\n"}})
		},
		"amended elsewhere": func(f *fall) {
			message, _ := f.Git(nil, "log", "-1", "--format=%B", revertBranch)
			main, _ := f.Head("main")
			f.commit(gitserver.Change{Branch: revertBranch, Onto: main, Message: message, Files: map[string]string{
				prodLlama + "release.yaml": read(f, "environments/prod/llama/release.yaml"), "README.md": "Mine.\n"}})
		},
		"with a commit that nobody knows": func(f *fall) {
			message, _ := f.Git(nil, "log", "-1", "--format=%B", revertBranch)
			main, _ := f.Head("main")
			f.commit(gitserver.Change{Branch: revertBranch, Onto: main, Message: strings.Replace(message, f.good, strings.Repeat("1", 40), 1), Files: map[string]string{
				prodLlama + "release.yaml": read(f, "environments/prod/llama/release.yaml")}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFall(t, nil)
			f.breaks(worse(t, "2048"))
			f.want(promote.Proposed, "pushed opened", "#1 opened")
			add(f)
			kept := f.revertTip()
			f.breaks(worse(t, "1024"))
			result := f.want(promote.Stopped, "", "")
			if f.revertTip() != kept || !strings.Contains(result.Message, "more than a revert") {
				t.Errorf("the branch is at %s, was at %s: %s", f.revertTip(), kept, result.Message)
			}
			f.write("Mend it", worse(t, "512"))
			f.want(promote.Stopped, "closed", "#1 closed: Git asks for something else.")
			if f.revertTip() != kept {
				t.Error("it was deleted")
			}
		})
	}
}

func TestARevertThatOnlyRestoresMoreIsReplacedByOneThatRestoresLess(t *testing.T) {
	f := newFall(t, nil)
	f.breaks(worse(t, "2048"))
	f.want(promote.Proposed, "pushed opened", "#1 opened")
	message, _ := f.Git(nil, "log", "-1", "--format=%B", revertBranch)
	main := f.write("Scale", map[string]string{prodLlama + "placement.yaml": "# scaled\n" + read(t, "environments/prod/llama/placement.yaml")})
	f.fails("it failed again")
	f.commit(gitserver.Change{Branch: revertBranch, Onto: main, Message: message, Files: map[string]string{ // as another version might
		prodLlama + "release.yaml": read(t, "environments/prod/llama/release.yaml"), prodLlama + "placement.yaml": read(t, "environments/prod/llama/placement.yaml")}})
	f.want(promote.Proposed, "pushed updated", "#1 updated")
	if got := f.changed(); got != "M release.yaml" {
		t.Errorf("it changes %s", got)
	}
}

// TestARevertThatIsKilledBetweenAnyTwoSteps goes through a life of a revert, and kills the agent at one of its steps.
func TestARevertThatIsKilledBetweenAnyTwoStepsEndsTheSame(t *testing.T) {
	ends, kills := map[string][]int{}, 0
	for at := 1; ; at++ {
		end, died := revertedThrough(t, at)
		ends[end] = append(ends[end], at)
		if !died {
			break
		}
		kills++
	}
	if len(ends) != 1 || kills < 12 {
		t.Errorf("%d kills: %v", kills, ends)
	}
	t.Logf("%d kills, one end", kills)
}

// revertedThrough is how things are after a revert was proposed, overtaken, withdrawn, and the next one was proposed.
func revertedThrough(t *testing.T, at int) (end string, died bool) {
	f := newFall(t, nil)
	k := &killed{at: at}
	life := func() {
		f.Helper()
		defer func() {
			if reason := recover(); reason == errKilled {
				died = true
				f.restart()
			} else if reason != nil {
				panic(reason)
			}
		}()
		k.Store, k.Forge = f.store, f.hub
		if _, err := promote.Reconcile(t.Context(), k, k, f.wants()); err != nil {
			t.Fatal(err)
		}
	}
	for _, change := range []func(){
		func() { f.breaks(worse(t, "2048")) }, func() { f.breaks(worse(t, "1024")) }, func() { f.write("Mend it", worse(t, "512")) }, func() { f.breaks(worse(t, "256")) },
	} {
		change()
		life()
		life() // after a kill, the next one; without, it does nothing
		if n := f.hub.open(); n > 1 {
			t.Fatalf("killed at %d: %d pull requests are open", at, n)
		}
	}
	var states []string
	for _, pr := range f.hub.all {
		states = append(states, fmt.Sprintf("#%d %s %v %s", pr.Number, pr.State, pr.Withdrawn, pr.Key))
	}
	count, _ := f.Git(nil, "rev-list", "--count", "main.."+revertBranch)
	return strings.Join(states, "; ") + "; " + count + " commit: " + f.changed(), died
}
