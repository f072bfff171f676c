package demo_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/test/demo"
)

// keyLines are what the story comes down to, in its order. See inOrder.
var keyLines = []string{
	`1\. A cluster with GPUs`,
	`h100-0 Ready .*? NVIDIA-H100-80GB-HBM3 8`,
	`✓ 7 nodes with 32 whole GPUs`,
	`2\. The first sync`,
	`\$ kubectl auth can-i get secrets -n models-prod`,
	` no ✓`,
	`models-prod llama-3-70b .*?rel-[0-9a-f]{7} .*?True Healthy`,
	`✓ All 8 models are Ready`,
	`3\. One change`,
	`- contextLength: 8192 \+ contextLength: 12288`,
	`✓ dev/llama-3-8b went from rel-[0-9a-f]{7} to rel-[0-9a-f]{7}: applied [0-9.]+ s`,
	`✓ The API server's audit log has [1-9][0-9]* writes of the agent, all of them to dev/llama-3-8b\.`,
	`environments/staging/llama-3-8b/release\.yaml \| 4 \+\+--`,
	`✓ staging runs rel-[0-9a-f]{7} too`,
	`4\. The gate`,
	`\+ - name: promoted-from`,
	`promoted-from: nothing is recorded of rel-[0-9a-f]{7} in staging`,
	`✓ prod still runs rel-[0-9a-f]{7}: what policy holds is never applied\.`,
	`environments/staging/llama-3-8b/release\.yaml \|`,
	`✓ prod runs rel-[0-9a-f]{7}, [0-9.]+ s after it was healthy in staging, and nobody pushed anything to prod\.`,
	`5\. A release proposes itself`,
	`\+ promotion: \{auto: true\}`,
	`Promote llama-3-8b rel-[0-9a-f]{7} from staging to prod`,
	`runtime\.contextLength: 11264, was 10240`,
	`✓ The branch was there [0-9.]+ s after staging was healthy\.`,
	`✓ prod runs rel-[0-9a-f]{7}\.`,
	`6\. A typo stops nothing`,
	`✓ prod/bge-large-en has its change`,
	`environments/dev/llama-3-8b/release\.yaml:21: spec\.release\.runtime\.contextLenght: there is no such field; did you mean contextLength\?`,
	`✓ What ran before still runs: rel-[0-9a-f]{7}\.`,
	`✓ dev/llama-3-8b is Ready again`,
	`7\. A bad release goes back by itself`,
	`\+ rollback: auto`,
	`CrashLoopBackOff`,
	`✓ dev/llama-3-8b runs rel-[0-9a-f]{7} again, and rel-[0-9a-f]{7} is not tried before Git changes\.`,
	`✓ dev/llama-3-8b is Ready with rel-[0-9a-f]{7}\.`,
	`8\. More GPUs than there are`,
	`llama-3-8b .*? 9 False Unschedulable`,
	`2 Insufficient nvidia\.com/gpu`,
	`✓ dev/llama-3-8b is Ready with four replicas`,
	`9\. A model is retired`,
	`✓ Its Deployment, its Service and all that belonged to it are gone\.`,
	`all of them to dev/bge-large-en\.`,
	`10\. A force push is refused`,
	`✓ The agent stays at [0-9a-f]{7}, touches nothing`,
	`history was rewritten`,
	`✓ The branch is where it was`,
	`11\. Nothing new costs nothing`,
	` 10 listings of the branch`,
	` 0 fetches`,
	` 0 requests about objects`,
	`12\. What Git can tell`,
	`prod/llama-3-8b: [a-z, ]*apply rel-[0-9a-f]{7}`,
	`penstock/records/prod: Verified`,
	`the records of 3 environments hold, and Git agrees`,
	`✓ Every record is signed and chained, and agrees with Git\.`,
	`✓ The first bad commit is named, and what it means\.`,
	`All 12 chapters held`,
}

// The whole story, and then what --keep promises: a cluster and a repository to work with, until Ctrl-C.
func TestTheStoryHoldsAndCanBeGoneOnWith(t *testing.T) {
	h := open(t, "keep")
	story := h.listen("Ctrl-C stops and removes all of it.")
	inOrder(t, story, keyLines)
	if strings.Contains(story, "\x1b") {
		t.Error("there is colour, and no terminal")
	}
	goOn(t, story)
	if code := h.interrupt(); code != 0 {
		t.Errorf("the exit code is %d:\n%s", code, h.story.String())
	}
	h.nothingIsLeft()
}

// inOrder looks for the patterns, each behind the one before. All space in the story counts as one blank,
// since where lines break is another matter.
func inOrder(t *testing.T, story string, patterns []string) {
	t.Helper()
	rest := strings.Join(strings.Fields(story), " ")
	for _, pattern := range patterns {
		at := regexp.MustCompile(pattern).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("the story does not have, or not here: %s\n%s", pattern, story)
		}
		rest = rest[at[1]:]
	}
}

// goOn does what the demo invites to, with the commands that were printed: it clones the repository, pushes
// a commit, and looks at what becomes of it.
func goOn(t *testing.T, story string) {
	t.Helper()
	t.Chdir(t.TempDir())
	trust, clone := command(t, story, "export GIT_SSL_CAINFO="), command(t, story, "git clone ")
	shell(t, trust+"; "+clone)
	file := filepath.Join("models", "environments", "dev", "llama-3-8b", "placement.yaml")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(content, []byte("min: 4"), []byte("min: 2"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	shell(t, trust+"; cd models && git -c user.name=Ada -c user.email=ada@example.com commit --quiet -am 'Try it' && git push --quiet")
	awaitGPUs(t, strings.TrimPrefix(command(t, story, "export KUBECONFIG="), "export KUBECONFIG="), 2)
}

// command finds a command that the story shows, by its beginning.
func command(t *testing.T, story, begin string) string {
	t.Helper()
	for line := range strings.Lines(story) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ "); ok && strings.HasPrefix(command, begin) {
			return command
		}
	}
	t.Fatalf("there is no command %q in the story:\n%s", begin, story)
	return ""
}

func shell(t *testing.T, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// awaitGPUs waits until dev's llama has this many GPUs.
func awaitGPUs(t *testing.T, kubeconfig string, want int64) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	models := dynamic.NewForConfigOrDie(config).Resource(v1alpha1.GroupVersion.WithResource("modeldeployments"))
	var got int64
	err = wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		md, err := models.Namespace("models-dev").Get(ctx, "llama-3-8b", metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		got, _, err = unstructured.NestedInt64(md.Object, "status", "gpus")
		return got == want, err
	})
	if err != nil {
		t.Errorf("after the push dev/llama-3-8b has %d GPUs, not %d: %v", got, want, err)
	}
}

func TestCtrlCEndsIt(t *testing.T) {
	for name, line := range map[string]string{
		"while the cluster starts": "a real Git server",
		"while the agent starts":   "The agent starts.",
		"in the middle":            "8. More GPUs",
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, "play")
			h.listen(line)
			if code := h.interrupt(); code != 1 {
				t.Errorf("the exit code is %d", code)
			}
			if !strings.HasSuffix(h.story.String(), "error: the demo was interrupted\n") {
				t.Errorf("the story ends in another way:\n%s", h.story.String())
			}
			h.nothingIsLeft()
		})
	}
}

// A wait that takes too long says what it waited for and what it saw, and the agent's log stays.
func TestFailureTellsWhy(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a control plane")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	err := demo.Run(t.Context(), demo.Options{Patience: time.Nanosecond})
	if err == nil {
		t.Fatal("a demo without patience has no error")
	}
	inOrder(t, err.Error(), []string{
		`chapter 2, "The first sync": waited 1ns for all 8 models to become Ready; last seen: `,
		`dev/bge-large-en: `, ` the agent's log is in ` + temp,
	})
	left, readErr := os.ReadDir(temp)
	if readErr != nil || len(left) != 1 || filepath.Ext(left[0].Name()) != ".log" {
		t.Errorf("the agent's log should be left, and nothing else: %v, %v", left, readErr)
	}
}

// Nobody listens any more: that ends the demo, as with 'penstock demo | head'.
func TestEndsWhenNobodyListens(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a control plane")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	err := demo.Run(t.Context(), demo.Options{Out: deaf{}})
	if !errors.Is(err, errDeaf) {
		t.Errorf("the error is %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
}

var errDeaf = errors.New("nobody listens")

type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, errDeaf }
