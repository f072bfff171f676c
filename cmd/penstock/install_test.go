package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const testImage = "--image=registry.example.com/penstock:v1"

func TestInstallFindsTheNamespacesOfTheClone(t *testing.T) {
	inReference(t)
	code, stdout, stderr := penstock(t, "install", "--url", "https://git.example.com/models.git", testImage, "--environment", "prod")
	if code != exitOK {
		t.Fatal(stderr)
	}
	if !strings.Contains(stdout, "namespace: models-prod\n") || strings.Contains(stdout, "models-dev") {
		t.Error("it is not for the namespace of prod alone")
	}
}

// The arguments in the Deployment are read by the agent's own command, so that neither can change alone.
func TestTheAgentUnderstandsItsManifest(t *testing.T) {
	inReference(t)
	code, stdout, stderr := penstock(t, "install", "--url", "ssh://git@git.example.com/models.git", testImage,
		"--branch", "release", "--schedule", "*/5 * * * *", "--environment", "prod,dev")
	if code != exitOK {
		t.Fatal(stderr)
	}
	args := agentArguments(t, stdout)
	cmd := newAgentCommand(genericiooptions.NewTestIOStreamsDiscard())
	if args[0] != cmd.Name() {
		t.Fatalf("the container runs %q", args[0])
	}
	if err := cmd.ParseFlags(args[1:]); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"url": "ssh://git@git.example.com/models.git", "branch": "release", "schedule": "*/5 * * * *",
		"environment": "[prod,dev]", "path": "environments", "listen": ":8080",
		"auth-dir": "/etc/penstock/git", "cache-dir": "/var/cache/penstock",
	} {
		if got := cmd.Flags().Lookup(name).Value.String(); got != want {
			t.Errorf("--%s is %s, want %s", name, got, want)
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Deprecated != "" {
			t.Errorf("--%s is deprecated", f.Name)
		}
	})
}

func agentArguments(t *testing.T, manifests string) []string {
	t.Helper()
	objects, err := kio.FromBytes([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	args, err := objects[len(objects)-1].Pipe(yaml.Lookup("spec", "template", "spec", "containers", "0", "args"))
	if err != nil || args == nil {
		t.Fatalf("the last object has no container with arguments: %v", err)
	}
	var texts []string
	if err := args.YNode().Decode(&texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestInstallSaysWhatItCannotKnow(t *testing.T) {
	t.Chdir(t.TempDir())
	url := "--url=https://git.example.com/models.git"
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no repository":     {nil, `required flag(s) "url" not set`},
		"no image":          {[]string{url, "--target-namespace=a"}, "for which no image is published"},
		"no clone":          {[]string{url, testImage}, "there is no directory environments here; run this in a clone"},
		"bad schedule":      {[]string{url, testImage, "--target-namespace=a", "--schedule=often"}, `schedule "often"`},
		"the agent's own":   {[]string{url, testImage, "--target-namespace=penstock-system"}, "is the agent's own"},
		"positional":        {[]string{url, "now"}, `unknown command "now"`},
		"credentials in it": {[]string{"--url=https://me:pw@host/x", testImage, "--target-namespace=a"}, "holds credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := penstock(t, append([]string{"install"}, c.args...)...)
			if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, "error: ") || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, want %d and %q in:\n%s%s", code, exitFailed, c.want, stdout, stderr)
			}
		})
	}
}

func TestInstallShowsTheProblemsOfAnEnvironment(t *testing.T) {
	inReference(t)
	broken := filepath.Join("environments", "prod", "environment.yaml")
	if err := os.WriteFile(broken, []byte("kind: Environment\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := penstock(t, "install", "--url=https://git.example.com/models.git", testImage)
	if code != exitInvalid || stdout != "" || !strings.Contains(stderr, "environments/prod/environment.yaml:1:") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestOnlyReleasesHaveAPublishedImage(t *testing.T) {
	for version, published := range map[string]bool{
		"v0.1.0": true, "v1.2.3-rc.1": true,
		"(devel)": false, "dev": false, "unknown": false, "v0.0.0-20261123140000-db6a157c0ffe": false, "v0.1.0+dirty": false,
	} {
		image, err := imageOr("", version)
		if published != (err == nil) || published && image != imageRepository+":"+version {
			t.Errorf("%s: %q, %v", version, image, err)
		}
	}
}
