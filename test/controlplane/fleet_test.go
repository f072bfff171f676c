package controlplane

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDefaultFleet(t *testing.T) {
	nodes := 0
	for _, kind := range DefaultFleet().Nodes {
		nodes += kind.Nodes
	}
	if nodes != 7 {
		t.Errorf("the default fleet has %d nodes, not 7", nodes)
	}
}

func TestFleetErrors(t *testing.T) {
	const gpu = "product: NVIDIA-L4, gpus: 4, memoryMiB: 23034"
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", `f.yaml: nodes: there are none; declare at least one kind of node`},
		{"not YAML", "nodes: [", `f.yaml:1: did not find expected node content`},
		{"not a list", "nodes: 3", "f.yaml:1: cannot unmarshal !!int `3` into []controlplane.NodeKind"},
		{"unknown field", "nodes:\n- name: a\n  gpu: 8\n", `f.yaml:3: unknown field "gpu"; the fields here are cpu, dra, gpus, labels, memory, memoryMiB, mig, name, nodes, product, taint`},
		{"unknown field at the top", "node: []", `f.yaml:1: unknown field "node"; the fields here are nodes`},
		{"unknown field of mig", "nodes:\n- name: a\n  mig:\n    profile: {}\n", `f.yaml:4: unknown field "profile"; the fields here are profiles, strategy`},
		{"wrong type", "nodes:\n- name: a\n  gpus: many\n", "f.yaml:3: cannot unmarshal !!str `many` into int"},
		{"no name", "nodes: [{}]", `f.yaml:1: nodes[0] "": name: must be lower case letters, digits and dashes, such as h100`},
		{"bad name", "nodes: [{name: H100}]", `f.yaml:1: nodes[0] "H100": name: must be lower case letters, digits and dashes, such as h100`},
		{"name twice", "nodes:\n- name: a\n- name: a\n", `f.yaml:3: nodes[1] "a": name: is taken by a kind of node above; names must differ`},
		{"negative nodes", "nodes: [{name: a, nodes: -1}]", `f.yaml:1: nodes[0] "a": nodes: is -1; it must be at least 1`},
		{"negative GPUs", "nodes: [{name: a, gpus: -1}]", `f.yaml:1: nodes[0] "a": gpus: is -1; it must not be negative`},
		{"no product", "nodes: [{name: a, gpus: 1, memoryMiB: 1}]", `f.yaml:1: nodes[0] "a": product: is missing; name the GPU as the label nvidia.com/gpu.product does, such as NVIDIA-H100-80GB-HBM3`},
		{"bad product", "nodes: [{name: a, gpus: 1, memoryMiB: 1, product: NVIDIA L4}]", `f.yaml:1: nodes[0] "a": product: "NVIDIA L4" is not a label's value; spaces are written as dashes`},
		{"no memory", "nodes: [{name: a, gpus: 1, product: NVIDIA-L4}]", `f.yaml:1: nodes[0] "a": memoryMiB: is 0; it must be the memory of one GPU in MiB, such as 81559`},
		{"no GPUs", "nodes: [{name: a, product: NVIDIA-L4}]", `f.yaml:1: nodes[0] "a": gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra and mig`},
		{"bad cpu", "nodes: [{name: a, cpu: lots}]", `f.yaml:1: nodes[0] "a": cpu: "lots" is not a quantity, such as 192 or 2Ti`},
		{"bad node memory", "nodes: [{name: a, memory: 2TB}]", `f.yaml:1: nodes[0] "a": memory: "2TB" is not a quantity, such as 192 or 2Ti`},
		{"bad strategy", "nodes: [{name: a, " + gpu + ", mig: {profiles: {1g.5gb: 1}}}]", `f.yaml:1: nodes[0] "a": mig.strategy: is ""; it must be mixed or single`},
		{"no profiles", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed}}]", `f.yaml:1: nodes[0] "a": mig.profiles: there are none; give the number of slices of each, such as {1g.10gb: 7}`},
		{"single with two", "nodes: [{name: a, " + gpu + ", mig: {strategy: single, profiles: {1g.5gb: 1, 2g.10gb: 1}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: the strategy single takes one profile, and here are 2; take mixed`},
		{"bad profile", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g: 1}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: "1g" is not a profile, such as 1g.10gb`},
		{"no slices", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g.5gb: 0}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: 1g.5gb: is 0; it must be at least 1`},
		{"too many slices", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {7g.1gb: 5}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: need 35 compute slices, and 4 GPUs have 28`},
		{"too much memory", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g.23gb: 5}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: need 115 GB of memory, and 4 GPUs have 92`},
		{"DRA without GPUs", "nodes: [{name: a, dra: true}]", `f.yaml:1: nodes[0] "a": gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra and mig`},
		{"DRA of slices", "nodes: [{name: a, dra: true, " + gpu + ", mig: {strategy: mixed, profiles: {1g.5gb: 1}}}]", `f.yaml:1: nodes[0] "a": dra: goes with whole GPUs only; remove it, or mig`},
		{"two problems", "nodes:\n- name: A\n- name: b\n  cpu: x\n", "f.yaml:2: nodes[0] \"A\": name: must be lower case letters, digits and dashes, such as h100\n" +
			`f.yaml:3: nodes[1] "b": cpu: "x" is not a quantity, such as 192 or 2Ti`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseFleet("f.yaml", []byte(c.content))
			if err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestKnownFieldsAreTheTypes(t *testing.T) {
	for _, v := range []any{Fleet{}, NodeKind{}, MIG{}} {
		kind := reflect.TypeOf(v)
		var fields []string
		for i := range kind.NumField() {
			fields = append(fields, kind.Field(i).Tag.Get("yaml"))
		}
		slices.Sort(fields)
		if got, want := knownFields[kind.Name()], strings.Join(fields, ", "); got != want {
			t.Errorf("knownFields[%s] is %q, and the type has %q", kind.Name(), got, want)
		}
	}
}

func TestNodeLabelsAndResources(t *testing.T) {
	for _, c := range []struct {
		name, mig string
		resources map[string]int
		labels    map[string]string
	}{
		{"whole GPUs", "", map[string]int{"nvidia.com/gpu": 8}, map[string]string{
			"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.memory": "81920", "nvidia.com/gpu.count": "8",
			"nvidia.com/gpu.family": "ampere", "nvidia.com/gpu.compute.major": "8", "nvidia.com/mig.capable": "true", "nvidia.com/mig.strategy": "",
		}},
		{"mixed", "{strategy: mixed, profiles: {1g.10gb: 14, 3g.40gb: 4}}",
			map[string]int{"nvidia.com/gpu": 0, "nvidia.com/mig-1g.10gb": 14, "nvidia.com/mig-3g.40gb": 4}, map[string]string{
				"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8", "nvidia.com/mig.strategy": "mixed",
				"nvidia.com/mig-1g.10gb.count": "14", "nvidia.com/mig-1g.10gb.memory": "9728",
				"nvidia.com/mig-3g.40gb.product": "NVIDIA-A100-SXM4-80GB-MIG-3g.40gb",
			}},
		{"single", "{strategy: single, profiles: {1g.10gb: 56}}", map[string]int{"nvidia.com/gpu": 56}, map[string]string{
			"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", "nvidia.com/gpu.count": "56",
			"nvidia.com/gpu.memory": "9728", "nvidia.com/mig.strategy": "single",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := "nodes:\n- name: a\n  product: NVIDIA-A100-SXM4-80GB\n  gpus: 8\n  memoryMiB: 81920\n  labels: {zone: b}\n"
			if c.mig != "" {
				content += "  mig: " + c.mig + "\n"
			}
			fleet, err := ParseFleet("f.yaml", []byte(content))
			if err != nil {
				t.Fatal(err)
			}
			if got := fleet.Nodes[0].gpuResources(); !maps.Equal(got, c.resources) {
				t.Errorf("resources: got %v, want %v", got, c.resources)
			}
			labels := fleet.Nodes[0].nodeLabels("a-0")
			c.labels["zone"], c.labels["kubernetes.io/hostname"] = "b", "a-0"
			for label, want := range c.labels {
				if labels[label] != want {
					t.Errorf("label %s: got %q, want %q", label, labels[label], want)
				}
			}
		})
	}
}
