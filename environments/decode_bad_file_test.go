package environments

// badFile are descriptors with something wrong in the file, the metadata and the spec as a whole.
var badFile = []badDescriptor{
	{"annotation_reserved", `model.yaml:6: metadata.annotations[applyset.kubernetes.io/tooling]: this name is the agent's own, by which it knows what it applied; delete it`},
	{"apiversion_missing", `model.yaml:1: apiVersion: the field is missing, expected penstock.dev/v1alpha1; add apiVersion: penstock.dev/v1alpha1`},
	{"apiversion_wrong", `model.yaml:1: apiVersion: expected penstock.dev/v1alpha1, found the string "penstock.dev/v1"; write apiVersion: penstock.dev/v1alpha1`},
	{"kind_not_string", `model.yaml:2: kind: expected ModelDeployment, found the number 1; write kind: ModelDeployment`},
	{"kind_wrong", `model.yaml:2: kind: expected ModelDeployment, found the string "Deployment"; write kind: ModelDeployment`},
	{"label_invalid", `model.yaml:6: metadata.labels[team]: expected at most 63 letters, digits, dashes, underscores and dots, found the string "chat and search"; correct the label, or make it an annotation`},
	{"label_not_string", `model.yaml:5: metadata.labels[example.com/tier]: expected a string, found the number 1; put it in quotes`},
	{"label_reserved", `model.yaml:6: metadata.labels[applyset.kubernetes.io/part-of]: this name is the agent's own, by which it knows what it applied; delete it
model.yaml:7: metadata.labels[penstock.dev/release]: this name is the agent's own, by which it knows what it applied; delete it`},
	{"labels_list", `model.yaml:5: metadata.labels: expected a map, found a list; write one name: "value" on each line`},
	{"metadata_cluster_field", `model.yaml:5: metadata.ownerReferences: this field is written by the cluster, not in Git; delete it
model.yaml:6: metadata.finalizers: this field is written by the cluster, not in Git; delete it`},
	{"metadata_list", `model.yaml:3: metadata: expected a map, found a list; write metadata: {name: llama-3-8b}`},
	{"metadata_unknown", `model.yaml:5: metadata.lables: there is no such field; did you mean labels?`},
	{"name_missing", `model.yaml:3: metadata.name: the field is missing, expected llama-3-8b; add name: llama-3-8b`},
	{"name_not_string", `model.yaml:4: metadata.name: expected llama-3-8b, the name of the directory, found the number 8; write name: llama-3-8b, or rename the directory`},
	{"name_wrong", `model.yaml:4: metadata.name: expected llama-3-8b, the name of the directory, found the string "llama-3-9b"; write name: llama-3-8b, or rename the directory`},
	{"namespace_other", `model.yaml:5: metadata.namespace: expected models-dev, the namespace of environment dev, found the string "kube-system"; delete namespace: it follows from the environment`},
	{"release_empty", `model.yaml:6: spec.release.model: the field is missing, expected a map; add it (Model is the weights)
model.yaml:6: spec.release.runtime: the field is missing, expected a map; add it (Runtime is the server)`},
	{"release_missing", `model.yaml:5: spec.release: the field is missing, expected a map; add it (Release is the half that is promoted, byte for byte, from one environment to the next)`},
	{"spec_empty", `model.yaml:5: spec: the field is missing, expected a map with a release; add spec.release with model and runtime`},
	{"spec_missing", `model.yaml:1: spec: the field is missing, expected a map with a release; add spec.release with model and runtime`},
	{"spec_string", `model.yaml:5: spec: expected a map, found the string "llama"; write a map, each field on a line of its own`},
	{"status", `model.yaml:12: status: the status belongs to the agent, which writes it in the cluster; delete status`},
	{"unknown_elsewhere", `model.yaml:12: spec.contextLength: there is no such field; did you mean spec.release.runtime.contextLength?`},
	{"unknown_in_list", `model.yaml:14: spec.release.runtime.env[0].val: there is no such field; expected one of name, secretKeyRef, value`},
	{"unknown_nothing_near", `model.yaml:12: spec.autoscaling: there is no such field; expected one of accelerator, cache, credentials, disruptionBudget, evaluations, exposure, monitoring, parallelism, release, resources, rollout, scaling, scheduling`},
	{"unknown_several", `model.yaml:12: spec.replicas: there is no such field; expected one of accelerator, cache, credentials, disruptionBudget, evaluations, exposure, monitoring, parallelism, release, resources, rollout, scaling, scheduling
model.yaml:13: spec.acelerator: there is no such field; did you mean accelerator?`},
	{"unknown_top", `model.yaml:12: specs: there is no such field; did you mean spec?`},
	{"unknown_typo", `model.yaml:12: spec.release.runtime.contextLenght: there is no such field; did you mean contextLength?`},
	{"yaml_duplicate", `model.yaml:13: the key "scaling" is here a second time; the first is on line 12; keep one of them`},
	{"yaml_indent", `model.yaml:12: this is not valid YAML: did not find expected key; check the indentation, and that lists and maps are not mixed`},
	{"yaml_tab", `model.yaml:12: this is not valid YAML: found a tab character that violates indentation; indent with spaces, not tabs`},
	{"yaml_tag", `model.yaml:12: found the YAML tag !!binary, which Kubernetes cannot read; remove the tag`},
	{"yaml_unclosed", `model.yaml:12: this is not valid YAML: did not find expected ',' or '}'; close the map with }`},
}
