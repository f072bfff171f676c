package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed pipelines
var pipelines embed.FS

// pipeline is what runs penstock check in a CI system.
type pipeline struct {
	source string // in pipelines
	target string // in the repository
	next   string // what is left to do
}

// pipelinesFor are by the names that --ci takes.
var pipelinesFor = map[string]pipeline{
	"github":  {"pipelines/github.yml", ".github/workflows/penstock.yml", "require the check named check in the branch's protection rules"},
	"gitlab":  {"pipelines/gitlab.yml", ".gitlab/penstock.yml", "include it from .gitlab-ci.yml, as its first lines show"},
	"jenkins": {"pipelines/jenkins.groovy", "Jenkinsfile", "make a multibranch pipeline of the repository"},
}

func pipelineNames() []string { return slices.Sorted(maps.Keys(pipelinesFor)) }

// writePipeline writes the pipeline of a CI system. It never overwrites a file.
func writePipeline(dir, name string) (pipeline, error) {
	p, known := pipelinesFor[name]
	if !known {
		return p, fmt.Errorf("--ci %s: expected one of %s", name, strings.Join(pipelineNames(), ", "))
	}
	target := filepath.Join(dir, filepath.FromSlash(p.target))
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("%s exists already; nothing was written, move it or add the steps by hand", target)
	}
	content, err := pipelines.ReadFile(p.source)
	if err != nil {
		return p, err
	}
	version := versionName()
	if !released.MatchString(version) {
		version = "latest"
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return p, fmt.Errorf("writing the pipeline: %w", err)
	}
	return p, os.WriteFile(target, []byte(strings.ReplaceAll(string(content), "{{version}}", version)), 0o644)
}
