package e2e

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"code.gitea.io/sdk/gitea"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/agent/apply"
	"github.com/penstock-dev/penstock/agent/promote"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/controlplane"
	"github.com/penstock-dev/penstock/test/gitserver"
)

const revertBranch = "penstock/rollback/prod/echo"

// guarded is echo in prod, with its release in a file of its own, and taken back when it fails.
func guarded(version string) map[string]string {
	files := unit("prod", version)
	files["environments/prod/echo/model.yaml"] = strings.Replace(files["environments/prod/echo/model.yaml"], "spec: {}\n", "spec:\n"+takesBack, 1)
	return files
}

// broken is the file of a release whose pods fail.
func broken(environment string) map[string]string {
	return map[string]string{"environments/" + environment + "/echo/release.yaml": echo("echo",
		fmt.Sprintf("env: [{name: %s, value: %s}]", controlplane.BehaviourVariable, controlplane.Crash))}
}

// reverted waits until a release of before runs in the place of a failed one, and the status says how Git may agree.
func (w *world) reverted(namespace, release string, told func(back *v1alpha1.RollbackStatus) bool) *v1alpha1.ModelDeployment {
	w.t.Helper()
	w.takenBack(namespace, release)
	return w.when(namespace, "echo", func(found *v1alpha1.ModelDeployment) error {
		back := found.Status.Rollback
		if back == nil || !told(back) {
			return fmt.Errorf("the rollback says %+v", back)
		}
		if text := message(found, v1alpha1.ConditionReady); !strings.Contains(text, cmp.Or(back.Advice, back.PullRequest)) {
			return fmt.Errorf("Ready says %q", text)
		}
		return nil
	})
}

func hasPullRequest(back *v1alpha1.RollbackStatus) bool { return back.PullRequest != "" }

// content is a file of a branch.
func (w *forgeWorld) content(branch, file string) string {
	w.t.Helper()
	data, _, err := w.gitea.As(w.gitea.Engineer).GetFile(w.gitea.Owner, w.gitea.Name, branch, file)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// agrees waits until Git and the cluster agree, and the branch of the revert is gone.
func (w *forgeWorld) agrees(namespace, release string) {
	w.t.Helper()
	w.when(namespace, "echo", func(found *v1alpha1.ModelDeployment) error {
		if found.Status.Release != release || found.Status.Rollback != nil {
			return fmt.Errorf("%s runs, want %s; the rollback says %+v", found.Status.Release, release, found.Status.Rollback)
		}
		return nil
	})
	w.ready(namespace, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.noBranch(revertBranch)
	w.open(0, anyOf)
}

func TestAfterARollbackARevertIsProposedAndGitAgreesOnceItIsMerged(t *testing.T) {
	t.Parallel()
	w := newForgeWorld(t)
	key := newRecordsKey(t)
	prod, environment := w.environment("prod", key.signs())
	w.push(merged(environment, guarded("one")))
	stop := w.start(w.serving("prod", key))
	good := w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release

	w.push(broken("prod"))
	began := time.Now()
	back := w.reverted(prod, good, hasPullRequest).Status.Rollback
	pr := w.open(1, anyOf)[0]
	t.Logf("from the push of a broken release to the pull request that reverts it: %s", time.Since(began).Round(10*time.Millisecond))
	if pr.Head.Name != revertBranch || pr.Base.Name != "main" || pr.HTMLURL != back.PullRequest ||
		pr.Title != fmt.Sprintf("Revert echo in prod from %s to %s", back.Release, good) ||
		!strings.Contains(pr.Body, "CrashLoopBackOff") || !strings.Contains(pr.Body, "environments/prod/echo/release.yaml") {
		t.Errorf("the pull request is %s into %s: %s\n%s", pr.Head.Name, pr.Base.Name, pr.Title, pr.Body)
	}
	if file := "environments/prod/echo/release.yaml"; w.content(revertBranch, file) != guarded("one")[file] {
		t.Errorf("it has\n%s", w.content(revertBranch, file))
	}

	stop()
	stop = w.start(w.serving("prod", key)) // with a cache of its own
	w.push(map[string]string{"README.md": "Something else"})
	w.seen()
	w.reverted(prod, good, hasPullRequest)
	if again := w.open(1, anyOf)[0]; again.Index != pr.Index || again.Head.Sha != pr.Head.Sha {
		t.Errorf("it is #%d at %s, was #%d at %s", again.Index, again.Head.Sha, pr.Index, pr.Head.Sha)
	}

	w.gitea.Merge(w.gitea.Engineer, pr.Index)
	w.agrees(prod, good)
	w.promotions("opened", "merged")
	if all := len(w.gitea.PullRequests()); all != 1 {
		t.Errorf("%d pull requests were opened", all)
	}

	w.push(broken("prod")) // the same once more: another failure, and another proposal
	w.reverted(prod, good, hasPullRequest)
	second := w.open(1, anyOf)[0]
	w.push(release("prod", "two")) // mended by hand
	w.eventually(func() error {
		if mended, err := w.deployment(prod, "echo"); err != nil || mended.Status.Release == good || mended.Status.Rollback != nil {
			return fmt.Errorf("it is not mended: %v", err)
		}
		return nil
	})
	w.noBranch(revertBranch)
	w.open(0, anyOf)
	if found := w.gitea.PullRequest(second.Index); found.HasMerged {
		t.Error("it was merged")
	}
	w.promotions("opened", "merged", "opened", "closed")
	stop()
	if subjects, err := w.repo.Git(nil, "log", "--format=%s", records.Branch("prod")); err != nil || !strings.Contains(subjects, "propose a revert to "+good) {
		t.Errorf("git log says %v\n%s", err, subjects)
	}
}

// promotions waits until the records tell what became of the reverts of prod/echo.
func (w *forgeWorld) promotions(actions ...string) {
	w.t.Helper()
	branch := "refs/heads/" + records.Branch("prod")
	w.eventually(func() error {
		if _, err := w.repo.Git(nil, "fetch", "--quiet", w.gitea.URLFor(w.gitea.Engineer), "+"+branch+":"+branch); err != nil {
			return err
		}
		var got []string
		for _, f := range w.written("prod") {
			if p := f.Data.Promotion; p != nil {
				if f.Kind != records.Promoted || p.From != "prod" || p.To != "prod" || p.Branch != revertBranch {
					return fmt.Errorf("told is %s of %+v", f.Kind, p)
				}
				got = append(got, p.Action)
			}
		}
		if !slices.Equal(got, actions) {
			return fmt.Errorf("told are %v, want %v", got, actions)
		}
		return nil
	})
}

func TestAPersonsNoToARevertIsRespected(t *testing.T) {
	t.Parallel()
	w := newForgeWorld(t)
	key := newRecordsKey(t)
	prod, environment := w.environment("prod", key.signs())
	w.push(merged(environment, guarded("one")))
	w.start(w.serving("prod", key))
	good := w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release
	w.push(broken("prod"))
	w.reverted(prod, good, hasPullRequest)
	w.gitea.ClosePullRequest(w.gitea.Engineer, w.open(1, anyOf)[0].Index)
	w.push(map[string]string{"README.md": "Something else"})
	w.reverted(prod, good, func(back *v1alpha1.RollbackStatus) bool {
		return strings.Contains(back.Advice, "was closed by a person")
	})
	w.open(0, anyOf)
	if all := len(w.gitea.PullRequests()); all != 1 {
		t.Errorf("%d pull requests were opened", all)
	}
}

func TestWhatFailedIsNotPromotedOnceMoreAfterItsRevert(t *testing.T) {
	t.Parallel()
	w := newForgeWorld(t)
	key := newRecordsKey(t)
	_, staging := w.environment("staging")
	prod, environment := w.environment("prod", "  promotedFrom: staging\n  promotion: {auto: true}\n", key.signs())
	w.push(merged(staging, environment, unit("staging", "one"), guarded("one")))
	w.start(w.serving("prod", key))
	good := w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release
	w.push(broken("staging"))
	w.gitea.Merge(w.gitea.Engineer, w.open(1, anyOf)[0].Index) // no policy is against it
	w.reverted(prod, good, hasPullRequest)
	w.noBranch("penstock/promote/prod/echo")
	revert := w.open(1, func(open []*gitea.PullRequest) error {
		if open[0].Head.Name != revertBranch {
			return fmt.Errorf("open is %s", open[0].Title)
		}
		return nil
	})
	w.gitea.Merge(w.gitea.Engineer, revert[0].Index)
	w.agrees(prod, good)
	w.push(map[string]string{"README.md": "Something else"})
	w.seen()
	w.open(0, anyOf)
	w.push(release("staging", "two")) // which mends it
	w.open(1, anyOf)
	if all := len(w.gitea.PullRequests()); all != 3 {
		t.Errorf("%d pull requests were opened, want the promotion, its revert, and the next promotion", all)
	}
}

// TestARollbackAsksNoPolicy: the release was let in before. The pull request is judged as a rollback: what asks only for new
// releases has nothing to say, and what is against this very release keeps nobody from seeing the pull request.
func TestARollbackAsksNoPolicyAndItsRevertIsJudgedAsARollback(t *testing.T) {
	t.Parallel()
	w := newForgeWorld(t)
	key := newRecordsKey(t)
	prod, environment := w.environment("prod", key.signs())
	_, staging := w.environment("staging")
	w.push(merged(environment, staging, guarded("one")))
	w.start(w.serving("prod", key))
	good := w.ready(prod, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release

	never := policy("never-one", "!descriptor.spec.release.runtime.?env.orValue([]).exists(e, e.?value.orValue('') == 'one')", "version one is not to be used any more")
	_, strict := w.environment("prod", key.signs(), "  policies: [{name: never-one}]\n")
	w.push(merged(strict, never))
	w.seen()
	w.push(broken("prod"))
	w.reverted(prod, good, hasPullRequest)
	_, stricter := w.environment("prod", key.signs(), "  promotedFrom: staging\n  policies: [{name: never-one}, {name: soak-time}]\n")
	w.push(stricter)
	w.seen()
	open := w.open(1, func(open []*gitea.PullRequest) error {
		if !strings.Contains(open[0].Body, "rollback") || !strings.Contains(open[0].Body, "| never-one | ⛔ closed | version one is not to be used any more |") {
			return fmt.Errorf("it says\n%s", open[0].Body)
		}
		return nil
	})
	if strings.Contains(open[0].Body, "| soak-time |") {
		t.Errorf("a rollback has to soak:\n%s", open[0].Body)
	}
	w.gitea.Merge(w.gitea.Engineer, open[0].Index)
	w.agrees(prod, good)
}

func TestWithoutAForgeTheBranchOfTheRevertIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve echo", merged(environment, steady("one", takesBack+"  scaling: {min: 2}\n"), map[string]string{"environments/dev/echo/README.md": "Echo\n"}))
	w.start(w.config())
	good := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release
	bad := w.commit("Break echo\n\nPenstock-Reverts: prod/other", merged(crashing(takesBack), map[string]string{"environments/dev/echo/README.md": "Broken\n"}))
	branch := promote.Reversion.Branch("dev", "echo")
	w.reverted(dev, good, func(back *v1alpha1.RollbackStatus) bool {
		return strings.Contains(back.Advice, "merge the branch "+branch)
	})
	for what, want := range map[string]string{
		"--format=%P":           bad,
		"--format=%an":          "Penstock",
		"--format= --name-only": "environments/dev/echo/model.yaml",
		"--format=%(trailers:valueonly,key=Penstock-Reverts)": "dev/echo",
	} {
		got, err := w.repo.Git(nil, append([]string{"log", "-1", branch}, strings.Fields(what)...)...)
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	tip, err := w.repo.Head(branch)
	if err != nil {
		t.Fatal(err)
	}
	w.repo.Commit(gitserver.Change{Message: "Merge", Merge: []string{tip}, Files: steady("one", takesBack+"  scaling: {min: 2}\n")})
	if found := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy); found.Status.Rollback != nil || found.Status.Release != good {
		t.Errorf("Git agrees again, and the status says %+v", found.Status.Rollback)
	}
	w.eventually(func() error {
		if _, err := w.repo.Head(branch); err == nil {
			return fmt.Errorf("%s is still there", branch)
		}
		return nil
	})
}

func TestWhatCameThroughABaseIsLeftToPeopleAndTheyAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	base := func(files map[string]string) map[string]string {
		return map[string]string{"base/echo/model.yaml": files["environments/dev/echo/model.yaml"]}
	}
	w.commit("Serve echo", merged(environment, base(steady("one", takesBack)), map[string]string{
		"base/echo/kustomization.yaml":             "resources: [model.yaml]\n",
		"environments/dev/echo/kustomization.yaml": "resources: [../../../base/echo]\n",
	}))
	stop := w.start(w.config())
	good := w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy).Status.Release
	bad := w.commit("Break the base", base(crashing(takesBack)))
	told := func(back *v1alpha1.RollbackStatus) bool {
		return strings.Contains(back.Advice, "through base/echo/model.yaml") && strings.Contains(back.Advice, "revert commit "+bad[:12]+" (Break the base)")
	}
	w.reverted(dev, good, told)
	stop()
	w.start(w.config())
	w.polls(3)
	w.reverted(dev, good, told)
	if _, err := w.repo.Head(promote.Reversion.Branch("dev", "echo")); err == nil {
		t.Error("there is a branch")
	}
	w.eventually(func() error {
		var all eventsv1.EventList
		if err := w.client.List(context.Background(), &all, client.InNamespace(dev)); err != nil {
			return err
		}
		told := 0
		for _, e := range all.Items {
			if e.Reason == apply.EventRevertNeeded && e.Type == "Warning" && strings.Contains(e.Note, "base/echo/model.yaml") {
				told++
			}
		}
		if told != 1 {
			return fmt.Errorf("it was told %d times", told)
		}
		return nil
	})
}
