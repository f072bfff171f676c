package promote_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock-dev/penstock/agent/promote"
)

func TestAnOverlayIsATreeOfItsOwn(t *testing.T) {
	r := newRepository(t)
	_, at := r.main()
	over := promote.Overlay(at, map[string][]byte{
		"environments/edge/llama/release.yaml": []byte("another\n"), "environments/alone/llama/kustomization.yaml": nil, "environments/alone/llama/release.yaml": nil,
		"environments/alone/llama/placement.yaml": nil, "environments/dev/llama/tuning/new.yaml": {}, "environments/dev/llama/placement.yaml": nil,
	})
	part, err := fs.Sub(over, "environments/dev")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(part, "llama/release.yaml", "llama/tuning/new.yaml", "environment.yaml"); err != nil {
		t.Error(err)
	}
	for name, there := range map[string]bool{
		"environments/alone/llama": false, "environments/alone": true, "environments/dev/llama/placement.yaml": false, "environments/dev/llama/tuning": true,
		"environments/nowhere": false, "environments/edge/llama/release.yaml": true, "environments/edge/llama/placement.yaml": true,
	} {
		_, statErr := fs.Stat(over, name)
		id, idErr := over.ObjectID(name)
		if (statErr == nil) != there || (idErr == nil) != there || (id != "") != there {
			t.Errorf("%s: %v, %q, %v", name, statErr, id, idErr)
		}
	}
}

func TestACloneRemovesFilesToo(t *testing.T) {
	r := newRepository(t)
	dir := t.TempDir()
	if _, err := r.Git(nil, "clone", "--quiet", r.Dir(), dir); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"user.name=Grace", "user.email=grace@example.com"} {
		name, value, _ := strings.Cut(setting, "=")
		if _, err := r.Git(nil, "-C", dir, "config", name, value); err != nil {
			t.Fatal(err)
		}
	}
	clone, err := promote.OpenClone(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer clone.Close()
	head, err := clone.Source().Resolve("refs/remotes/origin/main")
	if err != nil {
		t.Fatal(err)
	}
	id, err := clone.Commit(t.Context(), head, map[string][]byte{prodLlama + "release.yaml": nil, prodLlama + "new.yaml": {}}, "Change")
	if err != nil {
		t.Fatal(err)
	}
	made, err := clone.At(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := made.Changes(head)
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %v", c.Path, c.After != ""))
	}
	if want := []string{prodLlama + "new.yaml true", prodLlama + "release.yaml false"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
