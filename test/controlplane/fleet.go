package controlplane

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	//go:embed testdata/fleet.yaml
	defaultFleet []byte
	//go:embed testdata/mixed.yaml
	mixedFleet []byte
)

// A Fleet is the nodes of a cluster, by kind. It is what a fleet file says.
type Fleet struct {
	Nodes []NodeKind `yaml:"nodes"`
}

// A NodeKind is any number of equal nodes.
type NodeKind struct {
	// Name is the stem of the nodes' names: h100 gives h100-0, h100-1 and so on.
	Name string `yaml:"name"`
	// Nodes is how many there are. Default: 1.
	Nodes int `yaml:"nodes"`
	// Product is the GPU as GPU feature discovery names it, such as
	// NVIDIA-H100-80GB-HBM3. A node without one has no GPU.
	Product string `yaml:"product"`
	// GPUs is how many GPUs a node has.
	GPUs int `yaml:"gpus"`
	// MemoryMiB is the memory of each GPU.
	MemoryMiB int `yaml:"memoryMiB"`
	// CPU and Memory are the node's own. Default: 96 and 1Ti.
	CPU    string `yaml:"cpu"`
	Memory string `yaml:"memory"`
	// Taint keeps pods away that do not tolerate nvidia.com/gpu:NoSchedule.
	Taint bool `yaml:"taint"`
	// DRA offers the GPUs by dynamic resource allocation, under [DeviceClass], and
	// not as nvidia.com/gpu.
	DRA bool `yaml:"dra"`
	// MIG divides the GPUs into slices.
	MIG *MIG `yaml:"mig"`
	// Sharing lets pods take turns on the GPUs.
	Sharing *Sharing `yaml:"sharing"`
	// Labels are added to those that describe the GPUs.
	Labels map[string]string `yaml:"labels"`
}

// MIG says how the GPUs of a node are divided.
type MIG struct {
	// Strategy is mixed (each profile is a resource of its own) or single (one
	// profile, and its slices are counted as nvidia.com/gpu).
	Strategy string `yaml:"strategy"`
	// Profiles are the numbers of slices on a node, by profile, such as 1g.10gb.
	Profiles map[string]int `yaml:"profiles"`
}

// Sharing is time-slicing, as the NVIDIA device plugin does it: each GPU is
// offered several times, and the product's label ends in -SHARED.
type Sharing struct {
	// Replicas is how many times each GPU is offered; at least 2.
	Replicas int `yaml:"replicas"`
}

// DefaultFleet is the demo's: two nodes of eight H100, one of eight A100, two of
// four L4, one of A100 in MIG slices, and one without GPUs.
func DefaultFleet() Fleet {
	return mustParse("testdata/fleet.yaml", defaultFleet)
}

// MixedFleet is the default fleet and two nodes more: l4-shared-0, whose four L4
// are time-sliced in four, and h200-dra-0, whose eight H200 are DRA devices.
func MixedFleet() Fleet {
	return Fleet{Nodes: append(DefaultFleet().Nodes, mustParse("testdata/mixed.yaml", mixedFleet).Nodes...)}
}

// mustParse parses what is compiled in, and what a test parses too.
func mustParse(file string, content []byte) Fleet {
	fleet, err := ParseFleet(file, content)
	if err != nil {
		panic(err)
	}
	return fleet
}

// ParseFleet reads a fleet file. Its errors begin with file and line, one a line.
func ParseFleet(file string, content []byte) (Fleet, error) {
	var fleet Fleet
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&fleet); err != nil && !errors.Is(err, io.EOF) {
		return Fleet{}, decodeErrors(file, err)
	}
	lines, err := nodeLines(content)
	if err != nil {
		return Fleet{}, decodeErrors(file, err)
	}
	for i := range fleet.Nodes {
		fleet.Nodes[i].setDefaults()
	}
	return fleet, checkFleet(file, fleet, lines)
}

func (k *NodeKind) setDefaults() {
	if k.Nodes == 0 {
		k.Nodes = 1
	}
	if k.CPU == "" {
		k.CPU = "96"
	}
	if k.Memory == "" {
		k.Memory = "1Ti"
	}
}

// nodeLines are the lines on which the node kinds begin.
func nodeLines(content []byte) ([]int, error) {
	var positions struct {
		Nodes []yaml.Node `yaml:"nodes"`
	}
	if err := yaml.Unmarshal(content, &positions); err != nil {
		return nil, err
	}
	var lines []int
	for _, node := range positions.Nodes {
		lines = append(lines, node.Line)
	}
	return lines, nil
}

var (
	unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type controlplane\.(\w+)$`)
	atLine       = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
)

// decodeErrors puts the YAML decoder's messages into this package's form.
func decodeErrors(file string, err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return decodeError(file, err.Error())
	}
	var errs []error
	for _, message := range typed.Errors {
		errs = append(errs, decodeError(file, message))
	}
	return errors.Join(errs...)
}

func decodeError(file, message string) error {
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return fmt.Errorf("%s:%s: unknown field %q; the fields here are %s", file, m[1], m[2], knownFields[m[3]])
	}
	if m := atLine.FindStringSubmatch(message); m != nil {
		return fmt.Errorf("%s:%s: %s", file, m[1], m[2])
	}
	return fmt.Errorf("%s: %s", file, strings.TrimPrefix(message, "yaml: "))
}

// knownFields are told to whoever misspells one. A test compares them with the
// types.
var knownFields = map[string]string{
	"Fleet":    "nodes",
	"NodeKind": "cpu, dra, gpus, labels, memory, memoryMiB, mig, name, nodes, product, sharing, taint",
	"MIG":      "profiles, strategy",
	"Sharing":  "replicas",
}

// sortedKeys are the keys of a map in order.
func sortedKeys[K ~string, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
