package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/check"
)

func TestInitWritesAPipeline(t *testing.T) {
	for ci, c := range map[string]struct{ file, next string }{
		"github":  {".github/workflows/penstock.yml", "branch's protection rules"},
		"gitlab":  {".gitlab/penstock.yml", "include it from .gitlab-ci.yml"},
		"jenkins": {"Jenkinsfile", "multibranch pipeline"},
	} {
		t.Run(ci, func(t *testing.T) {
			t.Chdir(t.TempDir())
			wantCheck(t, exitOK, "init models --ci "+ci, "wrote "+filepath.Join("models", c.file), c.next, "wrote 31 files below models/environments")
			t.Chdir("models")
			content, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(content)
			for _, part := range []string{"penstock check -o text -o markdown=comment.md", "penstock policy test", "cmd/penstock@latest"} {
				if !strings.Contains(text, part) {
					t.Errorf("no %q in:\n%s", part, text)
				}
			}
			if strings.Contains(text, "{{") && ci != "github" || strings.Contains(text, "{{version}}") {
				t.Errorf("something was left open:\n%s", text)
			}
			var parsed map[string]any
			if err := yaml.UnmarshalStrict(content, &parsed); ci != "jenkins" && err != nil {
				t.Error(err)
			}
			wantCheck(t, exitFailed, "init --ci "+ci, c.file+" exists already; nothing was written")
			if err := os.Remove(c.file); err != nil {
				t.Fatal(err)
			}
			if stdout := wantCheck(t, exitOK, "init --ci "+ci); strings.Contains(stdout, "environments") {
				t.Errorf("where environments are, it wrote more than the pipeline: %s", stdout)
			}
		})
	}
}

// The pipeline writes its comment anew, and finds it by the marker that a report begins with.
func TestThePipelineFindsItsComment(t *testing.T) {
	content, err := pipelines.ReadFile("pipelines/github.yml")
	if err != nil || !strings.Contains(string(content), `startswith("`+check.MarkdownMarker+`")`) {
		t.Errorf("%v\n%s", err, content)
	}
}

// Nothing is written by halves.
func TestInitWithAPipelineOverwritesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "Jenkinsfile", "mine")
	wantCheck(t, exitFailed, "init --ci jenkins", "Jenkinsfile exists already; nothing was written")
	if _, err := os.Stat("environments"); err == nil {
		t.Error("the reference tree was written all the same")
	}
	if content, _ := os.ReadFile("Jenkinsfile"); string(content) != "mine" {
		t.Error("it was overwritten")
	}
	wantCheck(t, exitFailed, "init --ci travis", "--ci travis: expected one of github, gitlab, jenkins")
}
