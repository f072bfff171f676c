package environments

import (
	"path/filepath"
	"strings"
	"testing"
)

// badDescriptors are the files of testdata/bad with the exact messages that they must get. A message
// changes on purpose or not at all.
var badDescriptors = []struct{ file, want string }{
	{"accelerator_count_float", `model.yaml:14: spec.accelerator.count: expected an integer from 1 to 64, found the number 1.5; write a whole number`},
	{"accelerator_count_range", `model.yaml:14: spec.accelerator.count: expected an integer from 1 to 64, found the number 65; choose a number in that range`},
	{"accelerator_count_word", `model.yaml:14: spec.accelerator.count: expected an integer from 1 to 64, found the string "two"; write a whole number`},
	{"accelerator_product", `model.yaml:13: spec.accelerator.product: expected a GPU as GPU feature discovery labels it, found the string "NVIDIA L4"; write it as in NVIDIA-H100-80GB-HBM3`},
	{"accelerator_product_missing", `model.yaml:12: spec.accelerator.product: the field is missing, expected a GPU as GPU feature discovery labels it; add it (Product is the GPU as GPU feature discovery labels it, such as NVIDIA-H100-80GB-HBM3)`},
	{"accelerator_string", `model.yaml:12: spec.accelerator: expected a map, found the string "NVIDIA-L4"; write a map, each field on a line of its own`},
	{"annotation_reserved", `model.yaml:6: metadata.annotations[applyset.kubernetes.io/tooling]: this name is the agent's own, by which it knows what it applied; delete it`},
	{"apiversion_missing", `model.yaml:1: apiVersion: the field is missing, expected penstock.dev/v1alpha1; add apiVersion: penstock.dev/v1alpha1`},
	{"apiversion_wrong", `model.yaml:1: apiVersion: expected penstock.dev/v1alpha1, found the string "penstock.dev/v1"; write apiVersion: penstock.dev/v1alpha1`},
	{"args_number", `model.yaml:12: spec.release.runtime.args[1]: expected a string, found a number; put it in quotes`},
	{"args_string", `model.yaml:12: spec.release.runtime.args: expected a list, found a string; write a list, each item behind a dash`},
	{"cache_both", `model.yaml:13: spec.cache.size: size bounds an ephemeral cache and means nothing beside claimName; delete size, or set size: null in the patch`},
	{"cache_size", `model.yaml:13: spec.cache.size: expected a quantity such as 15Gi or 500m, found the string "lots"; write a number and a unit, as in 15Gi or 500m`},
	{"credentials_keys", `model.yaml:13: spec.credentials.modelToken.key: expected a key of a Secret, found a string; use letters, digits, dashes, dots and underscores, as in token
model.yaml:13: spec.credentials.modelToken.name: expected the name of a Kubernetes object, found a string; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"cache_claim", `model.yaml:13: spec.cache.claimName: expected the name of a Kubernetes object, found the string "Weights"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"command_many", `model.yaml:12: spec.release.runtime.command: expected at most 64 items, found 65; shorten the list
model.yaml:12: spec.release.runtime.command: engine vllm brings its own command; only engine custom takes one; delete it, or set engine: custom`},
	{"command_vllm", `model.yaml:12: spec.release.runtime.command: engine vllm brings its own command; only engine custom takes one; delete it, or set engine: custom`},
	{"context_huge", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the number 100000000000000000000; write a whole number`},
	{"context_quoted", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the string "8192"; remove the quotes`},
	{"context_word", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the string "8k"; write a whole number`},
	{"context_zero", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the number 0; choose a number in that range`},
	{"credentials_pull_secret", `model.yaml:13: spec.credentials.imagePullSecret: expected the name of a Kubernetes object, found a string; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"credentials_string", `model.yaml:13: spec.credentials.modelToken: expected a map, found a string; write a map, each field on a line of its own`},
	{"engine_enum", `model.yaml:10: spec.release.runtime.engine: expected one of vllm, custom, found the string "vlm"; did you mean vllm?`},
	{"engine_missing", `model.yaml:9: spec.release.runtime.engine: the field is missing, expected one of vllm, custom; add it (Engine names a directory under render/runtimes; custom brings its own container)`},
	{"engine_unknown", `model.yaml:10: spec.release.runtime.engine: expected one of vllm, custom, found the string "triton"; choose one of them`},
	{"env_both", `model.yaml:13: spec.release.runtime.env[0]: HF_TOKEN has both value and secretKeyRef; expected one of them; delete one`},
	{"env_map", `model.yaml:12: spec.release.runtime.env: expected a list, found a map; write a list, each item behind a dash`},
	{"env_name", `model.yaml:13: spec.release.runtime.env[0].name: expected the name of an environment variable, found the string "HF-HUB-OFFLINE"; use letters, digits and underscores, as in HF_HUB_OFFLINE`},
	{"env_neither", `model.yaml:13: spec.release.runtime.env[0]: HF_TOKEN has neither value nor secretKeyRef; expected one of them; add value ("" for an empty one) or secretKeyRef`},
	{"env_no_name", `model.yaml:13: spec.release.runtime.env[0].name: the field is missing, expected the name of an environment variable; add it (Name of the variable)`},
	{"env_number", `model.yaml:14: spec.release.runtime.env[0].value: expected a string, found a number; put it in quotes`},
	{"env_number_secret", `model.yaml:14: spec.release.runtime.env[0].value: expected a string, found a number; put it in quotes`},
	{"env_twice", `model.yaml:15: spec.release.runtime.env[1]: the list has an item named A already; keep one of them`},
	{"exposure_long", `model.yaml:13: spec.exposure.namespaces[0]: expected at most 63 characters, found 64; shorten it`},
	{"exposure_many", `model.yaml:13: spec.exposure.namespaces: expected at most 64 items, found 65; shorten the list`},
	{"exposure_namespace", `model.yaml:13: spec.exposure.namespaces[1]: expected a DNS label, found the string "Team_A"; use lower-case letters, digits and dashes, as in team-a`},
	{"exposure_twice", `model.yaml:15: spec.exposure.namespaces[1]: the list has gateway already; keep one of them`},
	{"format_enum", `model.yaml:9: spec.release.model.format: expected one of safetensors, gguf, onnx, savedmodel, pytorch, found the string "safetensor"; did you mean safetensors?`},
	{"health_path", `model.yaml:12: spec.release.runtime.healthPath: expected an absolute path of a URL, found the string "health"; write it as in /health`},
	{"image_digest_short", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "vllm/vllm-openai@sha256:abc"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"image_double_slash", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "vllm//vllm-openai"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"image_missing", `model.yaml:9: spec.release.runtime.image: the field is missing, expected a container image; add it (Image is the container image, best by digest)`},
	{"image_upper", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "VLLM/vllm-openai:v0.11.0"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"kind_not_string", `model.yaml:2: kind: expected ModelDeployment, found the number 1; write kind: ModelDeployment`},
	{"kind_wrong", `model.yaml:2: kind: expected ModelDeployment, found the string "Deployment"; write kind: ModelDeployment`},
	{"label_invalid", `model.yaml:6: metadata.labels[team]: expected at most 63 letters, digits, dashes, underscores and dots, found the string "chat and search"; correct the label, or make it an annotation`},
	{"label_not_string", `model.yaml:5: metadata.labels[example.com/tier]: expected a string, found the number 1; put it in quotes`},
	{"label_reserved", `model.yaml:6: metadata.labels[applyset.kubernetes.io/part-of]: this name is the agent's own, by which it knows what it applied; delete it
model.yaml:7: metadata.labels[penstock.dev/release]: this name is the agent's own, by which it knows what it applied; delete it`},
	{"labels_list", `model.yaml:5: metadata.labels: expected a map, found a list; write one name: "value" on each line`},
	{"max_request_range", `model.yaml:12: spec.release.runtime.maxRequestSeconds: expected an integer from 1 to 3600, found the number 0; choose a number in that range`},
	{"metadata_cluster_field", `model.yaml:5: metadata.ownerReferences: this field is written by the cluster, not in Git; delete it
model.yaml:6: metadata.finalizers: this field is written by the cluster, not in Git; delete it`},
	{"metadata_list", `model.yaml:3: metadata: expected a map, found a list; write metadata: {name: llama-3-8b}`},
	{"metadata_unknown", `model.yaml:5: metadata.lables: there is no such field; did you mean labels?`},
	{"name_missing", `model.yaml:3: metadata.name: the field is missing, expected llama-3-8b; add name: llama-3-8b`},
	{"name_not_string", `model.yaml:4: metadata.name: expected llama-3-8b, the name of the directory, found the number 8; write name: llama-3-8b, or rename the directory`},
	{"name_wrong", `model.yaml:4: metadata.name: expected llama-3-8b, the name of the directory, found the string "llama-3-9b"; write name: llama-3-8b, or rename the directory`},
	{"namespace_other", `model.yaml:5: metadata.namespace: expected models-dev, the namespace of environment dev, found the string "kube-system"; delete namespace: it follows from the environment`},
	{"port_range", `model.yaml:12: spec.release.runtime.port: expected an integer from 1 to 65535, found the number 70000; choose a number in that range`},
	{"port_vllm", `model.yaml:12: spec.release.runtime.port: engine vllm brings its own port; only engine custom takes one; delete it, or set engine: custom
model.yaml:13: spec.release.runtime.healthPath: engine vllm brings its own healthPath; only engine custom takes one; delete it, or set engine: custom`},
	{"precision_enum", `model.yaml:9: spec.release.model.precision: expected one of fp32, bf16, fp16, fp8, int8, int4, found the string "float16"; choose one of them`},
	{"precision_typo", `model.yaml:9: spec.release.model.precision: expected one of fp32, bf16, fp16, fp8, int8, int4, found the string "bf61"; did you mean bf16?`},
	{"release_empty", `model.yaml:6: spec.release.model: the field is missing, expected a map; add it (Model is the weights)
model.yaml:6: spec.release.runtime: the field is missing, expected a map; add it (Runtime is the server)`},
	{"release_missing", `model.yaml:5: spec.release: the field is missing, expected a map; add it (Release is the half that is promoted, byte for byte, from one environment to the next)`},
	{"resources_shared", `model.yaml:14: spec.resources.sharedMemory: expected less than memory, 16Gi, which includes it, found 16Gi; raise memory, or lower sharedMemory`},
	{"resources_unit", `model.yaml:13: spec.resources.memory: expected a quantity such as 15Gi or 500m, found the string "24 GiB"; write a number and a unit, as in 15Gi or 500m`},
	{"resources_zero", `model.yaml:13: spec.resources.cpu: expected at least 1m, found 0; write a number and a unit, as in 4 or 500m
model.yaml:14: spec.resources.memory: expected at least 1Mi, found 24; write a number and a unit, as in 24Gi
model.yaml:15: spec.resources.sharedMemory: expected at least 1Mi, found 0; write a number and a unit, as in 2Gi`},
	{"revision_long_secret", `model.yaml:9: spec.release.model.revision: expected a commit, digest or version, found a string of 84 characters; write it without spaces, as in 0e9e39f or sha256:…`},
	{"revision_number", `model.yaml:9: spec.release.model.revision: expected a commit, digest or version, found the number 8; put it in quotes`},
	{"revision_space", `model.yaml:9: spec.release.model.revision: expected a commit, digest or version, found the string "main branch"; write it without spaces, as in 0e9e39f or sha256:…`},
	{"rollout_percent", `model.yaml:13: spec.rollout.surge: expected an integer from 0 to 100, found the string "25%"; write a whole number`},
	{"scaling_negative", `model.yaml:13: spec.scaling.min: expected an integer from 0 to 1000, found the number -1; choose a number in that range`},
	{"scaling_yes", `model.yaml:13: spec.scaling.min: expected an integer from 0 to 1000, found the string "yes"; write a whole number`},
	{"secret_key", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.key: expected a key of a Secret, found the string "to ken"; use letters, digits, dashes, dots and underscores, as in token`},
	{"secret_key_missing", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.key: the field is missing, expected a key of a Secret; add it (Key in the Secret)`},
	{"secret_name", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.name: expected the name of a Kubernetes object, found the string "HF_Token"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"size_bytes", `model.yaml:9: spec.release.model.size: expected at least 1Mi, found 15; write a number and a unit, as in 15Gi`},
	{"size_float", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the number 15.5; write a whole number, or a number and a unit in quotes`},
	{"size_map", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found a map; write a quantity such as 15Gi or 500m`},
	{"size_negative", `model.yaml:9: spec.release.model.size: expected at least 1Mi, found -15Gi; write a number and a unit, as in 15Gi`},
	{"size_unit", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "15GB"; write a number and a unit, as in 15Gi or 500m`},
	{"source_long", `model.yaml:8: spec.release.model.source: expected at most 512 characters, found 605; shorten it`},
	{"source_missing", `model.yaml:7: spec.release.model.source: the field is missing, expected a URL with hf, s3, gs, oci, pvc or https; add it (Source is where the weights come from, such as hf://meta-llama/Llama-3.1-8B-Instruct)`},
	{"source_null", `model.yaml:8: spec.release.model.source: the field is empty, expected a URL with hf, s3, gs, oci, pvc or https; write a value (Source is where the weights come from, such as hf://meta-llama/Llama-3.1-8B-Instruct)`},
	{"source_password", `model.yaml:8: spec.release.model.source: the URL has a user name or password before its @, and would be shown wherever the source is; remove it, and name a Secret in spec.credentials.modelToken`},
	{"source_password_in_bad_url", `model.yaml:8: spec.release.model.source: expected a URL with hf, s3, gs, oci, pvc or https, found the string "ftp://…@models.example.com/llama"; write it as in hf://meta-llama/Llama-3.1-8B-Instruct
model.yaml:8: spec.release.model.source: the URL has a user name or password before its @, and would be shown wherever the source is; remove it, and name a Secret in spec.credentials.modelToken`},
	{"source_scheme", `model.yaml:8: spec.release.model.source: expected a URL with hf, s3, gs, oci, pvc or https, found the string "http://meta-llama/Llama-3.1-8B-Instruct"; write it as in hf://meta-llama/Llama-3.1-8B-Instruct`},
	{"source_space", `model.yaml:8: spec.release.model.source: expected a URL with hf, s3, gs, oci, pvc or https, found the string "hf://meta llama/x"; write it as in hf://meta-llama/Llama-3.1-8B-Instruct`},
	{"spec_empty", `model.yaml:5: spec: the field is missing, expected a map with a release; add spec.release with model and runtime`},
	{"spec_missing", `model.yaml:1: spec: the field is missing, expected a map with a release; add spec.release with model and runtime`},
	{"spec_string", `model.yaml:5: spec: expected a map, found the string "llama"; write a map, each field on a line of its own`},
	{"startup_range", `model.yaml:12: spec.release.runtime.startupSeconds: expected an integer from 1 to 86400, found the number 100000; choose a number in that range`},
	{"status", `model.yaml:12: status: the status belongs to the agent, which writes it in the cluster; delete status`},
	{"unknown_elsewhere", `model.yaml:12: spec.contextLength: there is no such field; did you mean spec.release.runtime.contextLength?`},
	{"unknown_in_list", `model.yaml:14: spec.release.runtime.env[0].val: there is no such field; expected one of name, secretKeyRef, value`},
	{"unknown_nothing_near", `model.yaml:12: spec.autoscaling: there is no such field; expected one of accelerator, cache, credentials, exposure, release, resources, rollout, scaling`},
	{"unknown_several", `model.yaml:12: spec.replicas: there is no such field; expected one of accelerator, cache, credentials, exposure, release, resources, rollout, scaling
model.yaml:13: spec.acelerator: there is no such field; did you mean accelerator?`},
	{"unknown_top", `model.yaml:12: specs: there is no such field; did you mean spec?`},
	{"unknown_typo", `model.yaml:12: spec.release.runtime.contextLenght: there is no such field; did you mean contextLength?`},
	{"yaml_duplicate", `model.yaml:13: the key "scaling" is here a second time; the first is on line 12; keep one of them`},
	{"yaml_indent", `model.yaml:12: this is not valid YAML: did not find expected key; check the indentation, and that lists and maps are not mixed`},
	{"yaml_tab", `model.yaml:12: this is not valid YAML: found a tab character that violates indentation; indent with spaces, not tabs`},
	{"yaml_tag", `model.yaml:12: found the YAML tag !!binary, which Kubernetes cannot read; remove the tag`},
	{"yaml_unclosed", `model.yaml:12: this is not valid YAML: did not find expected ',' or '}'; close the map with }`},
}

func TestBadDescriptors(t *testing.T) {
	inTable := map[string]bool{}
	for _, test := range badDescriptors {
		inTable[test.file] = true
		t.Run(test.file, func(t *testing.T) {
			if got := decodeFile(t, "testdata/bad/"+test.file+".yaml"); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); !inTable[name] {
			t.Errorf("%s is not in the table", file)
		}
	}
}

// TestBadDescriptorsKeepSecrets: several of the files hold a secret where none should be.
func TestBadDescriptorsKeepSecrets(t *testing.T) {
	for _, test := range badDescriptors {
		for _, secret := range []string{"hunter2", "verysecret", "12345678", "s3cret"} {
			if strings.Contains(decodeFile(t, "testdata/bad/"+test.file+".yaml"), secret) {
				t.Errorf("%s: the message repeats %s", test.file, secret)
			}
		}
	}
}
