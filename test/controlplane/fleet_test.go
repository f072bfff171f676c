package controlplane

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFleetsThatAreCompiledIn(t *testing.T) {
	for want, fleet := range map[int]Fleet{7: DefaultFleet(), 9: MixedFleet()} {
		nodes := 0
		for _, kind := range fleet.Nodes {
			nodes += kind.Nodes
		}
		if nodes != want {
			t.Errorf("the fleet has %d nodes, not %d", nodes, want)
		}
	}
}

func TestFleetErrors(t *testing.T) {
	const gpu = "product: NVIDIA-L4, gpus: 4, memoryMiB: 23034"
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", `f.yaml: nodes: there are none; declare at least one kind of node`},
		{"not YAML", "nodes: [", `f.yaml:1: did not find expected node content`},
		{"not a list", "nodes: 3", "f.yaml:1: cannot unmarshal !!int `3` into []controlplane.NodeKind"},
		{"unknown field", "nodes:\n- name: a\n  gpu: 8\n", `f.yaml:3: unknown field "gpu"; the fields here are cpu, dra, gpus, labels, memory, memoryMiB, mig, name, nodes, product, sharing, taint`},
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
		{"no GPUs", "nodes: [{name: a, product: NVIDIA-L4}]", `f.yaml:1: nodes[0] "a": gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra, mig and sharing`},
		{"bad cpu", "nodes: [{name: a, cpu: lots}]", `f.yaml:1: nodes[0] "a": cpu: "lots" is not a quantity, such as 192 or 2Ti`},
		{"bad node memory", "nodes: [{name: a, memory: 2TB}]", `f.yaml:1: nodes[0] "a": memory: "2TB" is not a quantity, such as 192 or 2Ti`},
		{"bad strategy", "nodes: [{name: a, " + gpu + ", mig: {profiles: {1g.5gb: 1}}}]", `f.yaml:1: nodes[0] "a": mig.strategy: is ""; it must be mixed or single`},
		{"no profiles", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed}}]", `f.yaml:1: nodes[0] "a": mig.profiles: there are none; give the number of slices of each, such as {1g.10gb: 7}`},
		{"single with two", "nodes: [{name: a, " + gpu + ", mig: {strategy: single, profiles: {1g.5gb: 1, 2g.10gb: 1}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: the strategy single takes one profile, and here are 2; take mixed`},
		{"bad profile", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g: 1}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: "1g" is not a profile, such as 1g.10gb`},
		{"no slices", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g.5gb: 0}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: 1g.5gb: is 0; it must be at least 1`},
		{"too many slices", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {7g.1gb: 5}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: need 35 compute slices, and 4 GPUs have 28`},
		{"too much memory", "nodes: [{name: a, " + gpu + ", mig: {strategy: mixed, profiles: {1g.23gb: 5}}}]", `f.yaml:1: nodes[0] "a": mig.profiles: need 115 GB of memory, and 4 GPUs have 92`},
		{"DRA without GPUs", "nodes: [{name: a, dra: true}]", `f.yaml:1: nodes[0] "a": gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra, mig and sharing`},
		{"DRA of slices", "nodes: [{name: a, dra: true, " + gpu + ", mig: {strategy: mixed, profiles: {1g.5gb: 1}}}]", `f.yaml:1: nodes[0] "a": dra: goes with whole GPUs only; remove it, or mig`},
		{"unknown field of sharing", "nodes:\n- name: a\n  sharing: {replica: 4}\n", `f.yaml:3: unknown field "replica"; the fields here are replicas`},
		{"sharing without GPUs", "nodes: [{name: a, sharing: {replicas: 4}}]", `f.yaml:1: nodes[0] "a": gpus: is 0, but the other fields describe a GPU; set gpus, or remove product, memoryMiB, dra, mig and sharing`},
		{"sharing with nobody", "nodes: [{name: a, " + gpu + ", sharing: {replicas: 1}}]", `f.yaml:1: nodes[0] "a": sharing.replicas: is 1; it must be at least 2; a GPU for one pod needs no sharing`},
		{"sharing of DRA", "nodes: [{name: a, " + gpu + ", dra: true, sharing: {replicas: 4}}]", `f.yaml:1: nodes[0] "a": sharing: goes with whole GPUs of the device plugin only; remove it, or dra and mig`},
		{"sharing of slices", "nodes: [{name: a, " + gpu + ", sharing: {replicas: 4}, mig: {strategy: mixed, profiles: {1g.5gb: 1}}}]", `f.yaml:1: nodes[0] "a": sharing: goes with whole GPUs of the device plugin only; remove it, or dra and mig`},
		{"product of a shared GPU", "nodes: [{name: a, gpus: 1, memoryMiB: 1, product: NVIDIA-L4-SHARED}]", `f.yaml:1: nodes[0] "a": product: "NVIDIA-L4-SHARED" is the label of a GPU that is shared; remove -SHARED, and declare sharing: {replicas: 4}`},
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
	for _, v := range []any{Fleet{}, NodeKind{}, MIG{}, Sharing{}} {
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
