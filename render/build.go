package render

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// kustomize keeps its schema in package variables and writes to them while it builds (kustomize#3659), so
// builds take turns. They do no I/O: nobody waits long.
var kustomizing sync.Mutex

// errFault is a panic in kustomize.
var errFault = errors.New("kustomize broke down on it")

// kustomize builds a directory of a file system that holds vetted files only.
func kustomize(fsys filesys.FileSystem, dir string) (built []*yaml.RNode, err error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionNone
	options.LoadRestrictions = types.LoadRestrictionsRootOnly
	options.PluginConfig = types.DisabledPluginConfig()

	kustomizing.Lock()
	defer kustomizing.Unlock()
	defer func() {
		if fault := recover(); fault != nil {
			built, err = nil, fmt.Errorf("%w: %v", errFault, fault)
		}
	}()
	all, err := krusty.MakeKustomizer(options).Run(fsys, "/"+dir)
	if err != nil {
		return nil, err
	}
	return all.ToRNodeSlice(), nil
}

// explain makes kustomize's error fit for people: the first line, without the path that it made up. What
// it quotes is withheld when it may be a secret.
func explain(err error, secret bool) string {
	if secret {
		return "kustomize cannot build it; what it says is withheld, because the unit holds a Secret that it might quote"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, made := range []string{"'/", "\"/", " /"} {
		text = strings.ReplaceAll(text, made, made[:1])
	}
	const most = 400
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return "kustomize cannot build it: " + text
}
