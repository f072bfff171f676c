package render

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// shape is a runtime with some of the optional parts, as kustomize builds it: objects with placeholders,
// and the replacements that put values in their places. There are few shapes and many units, so each is
// built once; what is done for each unit is to copy it and to fill in the values.
type shape struct {
	objects      []*yaml.RNode
	replacements []types.Replacement
}

// shapeOf returns the shape of an engine with parts, which must be sorted.
func (r *Renderer) shapeOf(engine string, parts []string) (*shape, error) {
	key := engine + "+" + strings.Join(parts, "+")
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if s, ok := r.shapes[key]; ok {
		return s, nil
	}
	s, err := r.newShape(engine, parts)
	if err != nil {
		return nil, fmt.Errorf("build runtime %s: %w", key, err)
	}
	r.shapes[key] = s
	return s, nil
}

func (r *Renderer) newShape(engine string, parts []string) (*shape, error) {
	const overlay = "overlay"
	k := types.Kustomization{Components: []string{path.Join("..", runtimesDir, engine)}}
	dirs := []string{baseDir, path.Join(runtimesDir, engine)}
	for _, part := range parts {
		k.Components = append(k.Components, path.Join("..", partsDir, part))
		dirs = append(dirs, path.Join(partsDir, part))
	}
	files, err := readAll(r.runtimes)
	if err != nil {
		return nil, err
	}
	if files[path.Join(overlay, "kustomization.yaml")], err = json.Marshal(k); err != nil {
		return nil, err
	}
	built, err := kustomize(newMemory(files), overlay)
	if err != nil {
		return nil, err
	}
	for _, object := range built {
		keepTypes(object.YNode())
	}
	replacements, err := readReplacements(files, dirs)
	return &shape{built, replacements}, err
}

// keepTypes writes down the type of every scalar. A replacement changes the text alone, and the name 123
// must not become a number where a merge has forgotten that model was a string.
func keepTypes(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		n.Tag = n.ShortTag()
	}
	for _, in := range n.Content {
		keepTypes(in)
	}
}

// readReplacements reads replacements.yaml of those directories that have one.
func readReplacements(files map[string][]byte, dirs []string) ([]types.Replacement, error) {
	var all []types.Replacement
	for _, dir := range dirs {
		var some []types.Replacement
		name := path.Join(dir, "replacements.yaml")
		if err := sigsyaml.UnmarshalStrict(files[name], &some); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// readAll reads every file.
func readAll(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		files[name] = data
		return err
	})
	return files, err
}
