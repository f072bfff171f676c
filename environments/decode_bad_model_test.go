package environments

// badModel are descriptors with something wrong in what spec.release.model says of the weights.
var badModel = []badDescriptor{
	{"architecture_head_dim", `model.yaml:9: spec.release.model.architecture.headDim: the field is missing, expected the size of an attention head; copy head_dim from the model's config.json; where it is not there it is hidden_size / num_attention_heads`},
	{"architecture_hidden_size", `model.yaml:9: spec.release.model.architecture.hiddenSize: there is no such field; expected one of headDim, heads, kind, kvHeads, layers, maxPositionEmbeddings, mla`},
	{"architecture_kind", `model.yaml:9: spec.release.model.architecture.kind: expected one of dense, mixture-of-experts, multimodal, encoder, found the string "moe"; choose one of them`},
	{"architecture_kv_heads", `model.yaml:9: spec.release.model.architecture.kvHeads: expected a divisor of heads, 32, found 5; copy num_attention_heads and num_key_value_heads from the model's config.json`},
	{"architecture_layers_overflow", `model.yaml:9: spec.release.model.architecture.layers: expected an integer from 1 to 1024, found the number 4294967328; choose a number in that range`},
	{"architecture_missing", `model.yaml:9: spec.release.model.architecture.heads: the field is missing, expected an integer from 1 to 1024; add it (Heads is num_attention_heads)
model.yaml:9: spec.release.model.architecture.layers: the field is missing, expected an integer from 1 to 1024; add it (Layers is num_hidden_layers)`},
	{"architecture_null", `model.yaml:10: spec.release.model.architecture.layers: the field is empty, expected an integer from 1 to 1024; write a value (Layers is num_hidden_layers)`},
	{"architecture_ranges", `model.yaml:10: spec.release.model.architecture.layers: expected an integer from 1 to 1024, found the number 0; choose a number in that range
model.yaml:11: spec.release.model.architecture.heads: expected an integer from 1 to 1024, found the number 2000; choose a number in that range
model.yaml:12: spec.release.model.architecture.kvHeads: expected an integer from 1 to 1024, found the number 0; choose a number in that range
model.yaml:13: spec.release.model.architecture.headDim: expected an integer from 1 to 4096, found the number 5000; choose a number in that range
model.yaml:14: spec.release.model.architecture.maxPositionEmbeddings: expected an integer from 1 to 16777216, found the number 0; choose a number in that range`},
	{"architecture_string", `model.yaml:9: spec.release.model.architecture: expected a map, found the string "llama"; write a map, each field on a line of its own`},
	{"checksums_file", `model.yaml:10: spec.release.model.checksums[0].file: expected a path below the model's directory, found the string "/etc/passwd"; write it as in model-00001-of-00004.safetensors`},
	{"checksums_missing", `model.yaml:12: spec.release.model.checksums[0].sha256: the field is missing, expected a SHA-256 in hex; add it (SHA256 is the digest, in hex)`},
	{"checksums_nowhere", `model.yaml:9: spec.release.model.checksums: the server downloads hf:// by itself, into a place that only it knows; there are no files to verify before it starts; add spec.release.model.prepare, or serve the model from oci:// or pvc://`},
	{"checksums_nowhere_s3", `model.yaml:9: spec.release.model.checksums: the server downloads s3:// by itself, into a place that only it knows; there are no files to verify before it starts; add spec.release.model.prepare, or serve the model from oci:// or pvc://`},
	{"checksums_prefix", `model.yaml:13: spec.release.model.checksums[0].sha256: expected a SHA-256 in hex, found a string of 71 characters; write the 64 digits that sha256sum prints`},
	{"checksums_short", `model.yaml:13: spec.release.model.checksums[0].sha256: expected a SHA-256 in hex, found the string "0e9e39f"; write the 64 digits that sha256sum prints`},
	{"checksums_twice", `model.yaml:13: spec.release.model.checksums[1]: the list has an item for the file a.safetensors already; keep one of them`},
	{"format_enum", `model.yaml:9: spec.release.model.format: expected one of safetensors, gguf, onnx, savedmodel, tensorrt, pytorch, found the string "safetensor"; did you mean safetensors?`},
	{"license_long", `model.yaml:9: spec.release.model.license: expected at most 64 characters, found 65; shorten it`},
	{"license_spaces", `model.yaml:9: spec.release.model.license: expected the identifier of a licence, found the string "Llama 3.1 Community License"; write its SPDX identifier, as in Apache-2.0, or the publisher's name of it, as in llama3.1`},
	{"mla_beside_heads", `model.yaml:13: spec.release.model.architecture.mla: with mla the cache of a request has no heads of its own; delete kvHeads and headDim`},
	{"mla_missing", `model.yaml:12: spec.release.model.architecture.mla.kvLoraRank: the field is missing, expected an integer from 1 to 65536; add it (KVLoraRank is kv_lora_rank)
model.yaml:12: spec.release.model.architecture.mla.qkRopeHeadDim: the field is missing, expected an integer from 1 to 65536; add it (QKRopeHeadDim is qk_rope_head_dim)`},
	{"mla_ranges", `model.yaml:13: spec.release.model.architecture.mla.kvLoraRank: expected an integer from 1 to 65536, found the number 0; choose a number in that range
model.yaml:14: spec.release.model.architecture.mla.qkRopeHeadDim: expected an integer from 1 to 65536, found the number 70000; choose a number in that range`},
	{"model_file_absolute", `model.yaml:9: spec.release.model.file: expected a path below the model's directory, found the string "/models/llama.gguf"; write it as in model-00001-of-00004.safetensors`},
	{"model_file_escape", `model.yaml:9: spec.release.model.file: expected a path below the model's directory, found the string "../llama.gguf"; write it as in model-00001-of-00004.safetensors`},
	{"model_file_long", `model.yaml:9: spec.release.model.file: expected at most 256 characters, found 257; shorten it`},
	{"parameters_lower", `model.yaml:9: spec.release.model.parameters: expected a number of parameters, found the string "8b"; write it as in 8.03B`},
	{"parameters_many", `model.yaml:9: spec.release.model.parameters: expected more than 0 and at most 100T, found 99999999999T; write it as in 8.03B`},
	{"parameters_number", `model.yaml:9: spec.release.model.parameters: expected a number of parameters, found the number 8030000000; put it in quotes`},
	{"parameters_words", `model.yaml:9: spec.release.model.parameters: expected a number of parameters, found the string "8 billion"; write it as in 8.03B`},
	{"parameters_zero", `model.yaml:9: spec.release.model.parameters: expected more than 0 and at most 100T, found 0.0B; write it as in 8.03B`},
	{"precision_bitsandbytes", `model.yaml:10: spec.release.model.precision: quantization bitsandbytes does not make fp8; write precision: int4 or int8; or correct quantization`},
	{"precision_enum", `model.yaml:9: spec.release.model.precision: expected one of fp32, bf16, fp16, fp8, int8, int4, mxfp4, found the string "float16"; choose one of them`},
	{"precision_typo", `model.yaml:9: spec.release.model.precision: expected one of fp32, bf16, fp16, fp8, int8, int4, mxfp4, found the string "bf61"; did you mean bf16?`},
	{"prepare_args_string", `model.yaml:11: spec.release.model.prepare.args: expected a list, found a string; write a list, each item behind a dash`},
	{"prepare_command_many", `model.yaml:11: spec.release.model.prepare.command: expected at most 64 items, found 65; shorten the list`},
	{"prepare_env_both", `model.yaml:12: spec.release.model.prepare.env[0]: TOKEN has both value and secretKeyRef; expected one of them; delete one`},
	{"prepare_env_given", `model.yaml:12: spec.release.model.prepare.env[0].name: the prepare step is given MODEL_DIR by Penstock; delete it`},
	{"prepare_env_name", `model.yaml:12: spec.release.model.prepare.env[0].name: expected the name of an environment variable, found the string "1ST"; use letters, digits and underscores, as in HF_HUB_OFFLINE`},
	{"prepare_env_neither", `model.yaml:12: spec.release.model.prepare.env[0]: TOKEN has neither value nor secretKeyRef; expected one of them; add value ("" for an empty one) or secretKeyRef`},
	{"prepare_env_secret", `model.yaml:13: spec.release.model.prepare.env[0].secretKeyRef.key: expected a key of a Secret, found the string "a b"; use letters, digits, dashes, dots and underscores, as in token
model.yaml:13: spec.release.model.prepare.env[0].secretKeyRef.name: expected the name of a Kubernetes object, found the string "AWS"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"prepare_env_token", `model.yaml:12: spec.release.model.prepare.env[0].name: the prepare step is given HF_TOKEN from spec.credentials.modelToken; delete it`},
	{"prepare_plain_secret", `model.yaml:11: spec.release.model.prepare.command[1]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here
model.yaml:12: spec.release.model.prepare.args[0]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here
model.yaml:14: spec.release.model.prepare.env[0].value: GITHUB_TOKEN has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead`},
	{"prepare_image", `model.yaml:10: spec.release.model.prepare.image: expected a container image, found the string "fetch models"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"prepare_image_missing", `model.yaml:9: spec.release.model.prepare.image: the field is missing, expected a container image; add it (Image is the container image, best by digest)`},
	{"prepare_timeout", `model.yaml:11: spec.release.model.prepare.timeoutSeconds: expected an integer from 1 to 86400, found the number 0; choose a number in that range`},
	{"prepare_timeout_long", `model.yaml:11: spec.release.model.prepare.timeoutSeconds: expected an integer from 1 to 86400, found the number 90000; choose a number in that range`},
	{"quantization_enum", `model.yaml:9: spec.release.model.quantization: expected one of awq, gptq, fp8, compressed-tensors, bitsandbytes, modelopt, mxfp4, gguf, found the string "awk"; did you mean awq?`},
	{"quantization_fp8", `model.yaml:10: spec.release.model.precision: quantization fp8 does not make int8; write precision: fp8; or correct quantization`},
	{"quantization_precision", `model.yaml:9: spec.release.model.precision: quantization awq does not make bf16; write precision: int4 or int8; or correct quantization`},
	{"size_bytes", `model.yaml:9: spec.release.model.size: expected at least 1Mi, found 15; write a number and a unit, as in 15Gi`},
	{"size_digits", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "100000000000000000000000000000000000"; write a number and a unit, as in 15Gi or 500m`},
	{"size_enormous", `model.yaml:9: spec.release.model.size: expected at most 1Pi, found 9223372036854775807; write a number and a unit, as in 15Gi`},
	{"size_exponent", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "1e30"; write a number and a unit, as in 15Gi or 500m`},
	{"size_exponent_endless", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "1e2147483647"; write a number and a unit, as in 15Gi or 500m`},
	{"size_exponent_fraction", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "1e1.5"; write a number and a unit, as in 15Gi or 500m`},
	{"size_float", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the number 15.5; put it in quotes, with its unit if it has one`},
	{"size_infinite", `model.yaml:9: found .inf, which is no number that JSON can hold; put it in quotes if a string is meant`},
	{"size_map", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found a map; write a quantity such as 15Gi or 500m`},
	{"size_negative", `model.yaml:9: spec.release.model.size: expected at least 1Mi, found -15Gi; write a number and a unit, as in 15Gi`},
	{"size_unit", `model.yaml:9: spec.release.model.size: expected a quantity such as 15Gi or 500m, found the string "15GB"; write a number and a unit, as in 15Gi or 500m`},
}
