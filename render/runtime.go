package render

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
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
	// HealthPath answers when the server can serve, unless the descriptor says otherwise; {name} in it is
	// the model's name.
	HealthPath string `json:"healthPath"`
	// Probes are other paths than HealthPath for some of the probes.
	Probes struct {
		Startup   string `json:"startup"`
		Readiness string `json:"readiness"`
		Liveness  string `json:"liveness"`
	} `json:"probes"`
	// Sources are the schemes of the model sources that it can load by itself. What is in the pod before the
	// server starts, any engine can load.
	Sources []string `json:"sources"`
	// Formats are those of the weights that it can load.
	Formats []string `json:"formats"`
	// Precisions are the number formats that it serves weights in; any when there are none.
	Precisions []string `json:"precisions"`
	// Quantizes are the methods by which it quantizes a checkpoint in 16 bit while it loads it, each with the
	// precision that it makes.
	Quantizes map[string]string `json:"quantizes"`
	// Image is the name, without registry and owner, of images that are tagged with the engine's release. Only
	// those are held against Requires.
	Image string `json:"image"`
	// Requires are fields of the values that take a release of the engine, such as group: 0.18.0.
	Requires map[string]string `json:"requires"`
	// LoadsFile says that it is told a file, and not a directory.
	LoadsFile bool `json:"loadsFile"`
	// Accepts are fields of the runtime that only some engines take: command, port, healthPath.
	Accepts []string `json:"accepts"`
	// Splits is how it uses several GPUs unless the descriptor says otherwise: tensor, pipeline, or itself
	// when that is not the descriptor's business. tensor unless told.
	Splits string `json:"splits"`
	// Drain says whether it finishes its requests after the signal to stop, or has to be left alone before.
	Drain string `json:"drain"`
	// Metrics is where its metrics are.
	Metrics struct {
		// Port is the name of the container's port.
		Port string `json:"port"`
		Path string `json:"path"`
		// Waiting is the number of requests that wait, and how many of them are one replica's load.
		Waiting *v1alpha1.PodMetric `json:"waiting"`
	} `json:"metrics"`
	// Memory is how it fills the memory of a GPU.
	Memory struct {
		// Percent that it may fill unless the descriptor says otherwise.
		Percent int32 `json:"percent"`
		// Covers is what the percentage covers.
		Covers fit.Reserve `json:"covers"`
		// SequencesFlag is the argument with which a descriptor limits how many requests run at once.
		SequencesFlag string `json:"sequencesFlag"`
	} `json:"memory"`
	// Arguments come before those of the descriptor, in this order.
	Arguments []argument `json:"arguments"`
	// Environment comes before that of the descriptor, in this order.
	Environment []variable `json:"environment"`
	// Refused are flags that the descriptor may not use, each with what to do instead.
	Refused map[string]string `json:"refused"`
	// RefusedEnvironment are variables that the descriptor may not set, each with what to do instead. A * at
	// the end stands for anything.
	RefusedEnvironment map[string]string `json:"refusedEnvironment"`
}

// Values of engine.Splits and engine.Drain.
const (
	splitsPipeline = "pipeline"
	splitsItself   = "itself"
	drainsBefore   = "before"
)

// condition leaves an argument or a variable out.
type condition struct {
	// When leaves it out when this field of the values is absent.
	When string `json:"when"`
	// Unless leaves it out when this field of the values is there.
	Unless string `json:"unless"`
}

func (c condition) holds(v values) bool {
	return (c.When == "" || v.field(c.When) != nil) && (c.Unless == "" || v.field(c.Unless) == nil)
}

// argument is one argument of the server.
type argument struct {
	condition `json:",inline"`
	// Flag precedes the value. Without it the value stands alone; without a value the flag does.
	Flag string `json:"flag"`
	// Aliases are other spellings of the flag.
	Aliases []string `json:"aliases"`
	// From is a field of the values; when it is absent so is the argument. Value is literal.
	From  string `json:"from"`
	Value string `json:"value"`
	// Values translate the field. A value that is not here leaves the argument out.
	Values map[string]string `json:"values"`
	// Style is how flag and value are written: joined as --flag=value unless told, as words, or the flag
	// repeated for each value.
	Style string `json:"style"`
	// Only is worker when just the workers of a group get it.
	Only string `json:"only"`
}

// Values of argument.Style and argument.Only.
const (
	styleWords    = "words"
	styleRepeated = "repeated"
	onlyWorker    = "worker"
)

// variable is one environment variable of the server. A field that refers to a Secret becomes a reference.
type variable struct {
	condition `json:",inline"`
	Name      string `json:"name"`
	// Value is literal; From is a field of the values, and leaves the variable out when it is absent;
	// FieldPath is a field of the pod.
	Value     string `json:"value"`
	From      string `json:"from"`
	FieldPath string `json:"fieldPath"`
}

// refersTo says whether something that the engine gets depends on a field of the values, or on one below it.
func (e *engine) refersTo(field string) bool {
	is := func(path string) bool { return path == field || strings.HasPrefix(path, field+".") }
	argues := func(a argument) bool { return is(a.From) || is(a.When) }
	sets := func(r variable) bool { return is(r.From) || is(r.When) }
	return slices.ContainsFunc(e.Arguments, argues) || slices.ContainsFunc(e.Environment, sets)
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
		for field, release := range declared.Requires {
			if _, err := version.ParseGeneric(release); err != nil {
				return nil, fmt.Errorf("read %s: requires.%s: expected a release such as 0.18.0: %w", file, field, err)
			}
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
