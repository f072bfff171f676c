package install_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-dev/penstock/agent/install"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// plain is the least that an installation needs.
func plain() install.Options {
	return install.Options{
		URL: "https://git.example.com/models.git", Branch: "main", Namespace: "penstock-system",
		Image: "registry.example.com/penstock:v1", Replicas: 1, TargetNamespaces: []string{"models-dev"},
	}
}

// full uses everything.
func full() install.Options {
	return install.Options{
		URL: "ssh://git@git.example.com:7999/models.git", Branch: "release", Path: "deploy/environments",
		Schedule: "*/5 * * * *", Environments: []string{"staging", "prod"},
		Namespace: "delivery", TargetNamespaces: []string{"models-prod", "123", "models-prod"}, AllowSecrets: true,
		Image: "registry.example.com/penstock@sha256:abc", Replicas: 3, AuthSecret: "git-key",
		PushSecret: "git-push", RecordsSecret: "records-key", ForgeSecret: "forge-token",
		Forge: "gitea", ForgeURL: "https://git.example.com", ForgeRepository: "ml/models",
	}
}

func TestManifestsAreAsReviewed(t *testing.T) {
	cases := map[string]install.Options{"plain": plain(), "full": full()}
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := install.Manifests(options)
			if err != nil {
				t.Fatal(err)
			}
			crd := bytes.TrimPrefix(v1alpha1.ModelDeploymentCRD, []byte("---\n"))
			before, after, found := bytes.Cut(got, crd)
			if !found {
				t.Fatal("the CRD is not among the manifests, byte for byte")
			}
			compare(t, filepath.Join("testdata", name+".golden.yaml"),
				string(before)+"# (the CustomResourceDefinition of ModelDeployment)\n"+string(after))
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test ./agent/install -update (-want +got):\n%s", file, diff)
	}
}

func TestSameOptionsGiveTheSameBytes(t *testing.T) {
	first, _ := install.Manifests(full())
	second, _ := install.Manifests(full())
	if !bytes.Equal(first, second) {
		t.Error("two runs differ")
	}
}

func TestNamespacesMadeElsewhereAreLeftOut(t *testing.T) {
	options := plain()
	options.OmitNamespaces = true
	got, err := install.Manifests(options)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(got), "kind: Namespace\n"); n != 1 {
		t.Errorf("%d namespaces are printed, want the agent's alone", n)
	}
	if !strings.Contains(string(got), "namespace: models-dev") {
		t.Error("the environment's namespace has lost its Role")
	}
}

func TestKubernetesDoesNotExpandArguments(t *testing.T) {
	options := plain()
	options.Path = "a/$(POD_NAME)"
	got, err := install.Manifests(options)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), "- --path=a/$$(POD_NAME)\n") {
		t.Error("the path is not escaped")
	}
}

func TestMistakesAreRefused(t *testing.T) {
	cases := map[string]struct {
		spoil func(*install.Options)
		want  string
	}{
		"no URL":             {func(o *install.Options) { o.URL = "" }, "no repository is given"},
		"short ssh form":     {func(o *install.Options) { o.URL = "git@host:models.git" }, "cannot be read; write it as https://host/path"},
		"no path":            {func(o *install.Options) { o.URL = "https://host/" }, "cannot be read"},
		"plain http":         {func(o *install.Options) { o.URL = "http://host/x" }, `scheme "http"; use https or ssh`},
		"password":           {func(o *install.Options) { o.URL = "https://me:hunter2@host/x" }, "holds credentials"},
		"token as user":      {func(o *install.Options) { o.URL = "https://hunter2@host/x" }, "holds credentials"},
		"broken escape":      {func(o *install.Options) { o.URL = "https://me:hunter2@host/%zz" }, "cannot be read"},
		"no such port":       {func(o *install.Options) { o.URL = "https://host:70000/x" }, `port "70000"; give one from 1 to 65535`},
		"no branch":          {func(o *install.Options) { o.Branch = "" }, "no branch is given"},
		"no image":           {func(o *install.Options) { o.Image = "" }, `the image "" is not one`},
		"no replica":         {func(o *install.Options) { o.Replicas = 0 }, "give at least 1"},
		"bad Secret":         {func(o *install.Options) { o.AuthSecret = "Git_Key" }, `"Git_Key" is not one`},
		"no namespace":       {func(o *install.Options) { o.TargetNamespaces = nil }, "no environment to give the agent rights for"},
		"bad namespace":      {func(o *install.Options) { o.TargetNamespaces = []string{"a.b"} }, `"a.b" cannot be one`},
		"empty namespace":    {func(o *install.Options) { o.Namespace = "" }, `"" cannot be one`},
		"system namespace":   {func(o *install.Options) { o.TargetNamespaces = []string{"kube-system"} }, "kube-system belongs to Kubernetes"},
		"the agent's own":    {func(o *install.Options) { o.TargetNamespaces = []string{"penstock-system"} }, "is the agent's own"},
		"agent in kube-node": {func(o *install.Options) { o.Namespace = "kube-node-lease" }, "belongs to Kubernetes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			options := plain()
			c.spoil(&options)
			printed, err := install.Manifests(options)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error with %q", err, c.want)
			}
			if len(printed) > 0 || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it printed %d bytes and said %v", len(printed), err)
			}
		})
	}
}
