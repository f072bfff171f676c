package render

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"sigs.k8s.io/yaml"
)

// runtimes is one directory for each engine, beside what they share: base, and the optional parts.
//
//go:embed runtimes
var runtimes embed.FS

const (
	runtimesDir = "runtimes"
	partsDir    = "runtimes/parts"
	baseDir     = "runtimes/base"
)

// engine is what an engine's runtime.yaml declares: everything about it that is computed from the
// descriptor. What its objects look like is in the YAML beside it.
type engine struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	// Port is where the server listens unless the descriptor says otherwise.
	Port int32 `json:"port"`
	// HealthPath answers when the server can serve, unless the descriptor says otherwise.
	HealthPath string `json:"healthPath"`
	// Sources are the schemes of the model sources that it can load by itself.
	Sources []string `json:"sources"`
	// Arguments come before those of the descriptor, in this order.
	Arguments []argument `json:"arguments"`
	// Environment comes before that of the descriptor, in this order.
	Environment []variable `json:"environment"`
	// Refused are flags that the descriptor may not use, each with what to do instead.
	Refused map[string]string `json:"refused"`
}

// argument is one argument of the server. It is left out when its field is absent.
type argument struct {
	// Flag precedes the value, as in --flag=value. Without it the value stands alone.
	Flag string `json:"flag"`
	// Aliases are other spellings of the flag.
	Aliases []string `json:"aliases"`
	// From is a field of the values.
	From string `json:"from"`
	// Values translate the field. A value that is not here leaves the argument out.
	Values map[string]string `json:"values"`
}

// variable is one environment variable of the server. A field that refers to a Secret becomes a reference.
type variable struct {
	Name string `json:"name"`
	// Value is literal; From is a field of the values, and leaves the variable out when it is absent.
	Value string `json:"value"`
	From  string `json:"from"`
	// Unless leaves the variable out when this field is there.
	Unless string `json:"unless"`
}

// loadEngines reads every runtime.yaml.
func loadEngines(fsys fs.FS) (map[string]*engine, error) {
	files, err := fs.Glob(fsys, path.Join(runtimesDir, "*", "runtime.yaml"))
	if err != nil {
		return nil, err
	}
	engines := map[string]*engine{}
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		declared := struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			engine     `json:",inline"`
		}{}
		if err := yaml.UnmarshalStrict(data, &declared); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		name := path.Base(path.Dir(file))
		if declared.Metadata.Name != name {
			return nil, fmt.Errorf("read %s: expected the name %s, found %q", file, name, declared.Metadata.Name)
		}
		engines[name] = &declared.engine
	}
	return engines, nil
}

// loadParts lists the optional parts.
func loadParts(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, partsDir)
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, e := range entries {
		parts = append(parts, e.Name())
	}
	slices.Sort(parts)
	return parts, nil
}
