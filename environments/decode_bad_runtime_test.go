package environments

// badRuntime are descriptors with something wrong in spec.release.runtime.
var badRuntime = []badDescriptor{
	{"adapter_form", `model.yaml:13: spec.release.runtime.adapters[0].source: expected hf://owner/name, found the string "hf://acme/sql/lora"; write it as in hf://meta-llama/Llama-3.1-8B-Instruct, with the commit in revision`},
	{"adapter_missing", `model.yaml:13: spec.release.runtime.adapters[0].source: the field is missing, expected a URL with hf, s3, gs, https or model; add it (Source is where it comes from: a repository, as in hf://owner/name)`},
	{"adapter_model", `model.yaml:13: spec.release.runtime.adapters[0].source: a model from hf:// has no directory in which the server could find an adapter; name its repository, as in hf://owner/name`},
	{"adapter_model_escape", `model.yaml:13: spec.release.runtime.adapters[0].source: expected model://path, found the string "model://../../etc"; write it as in model://adapters/sql`},
	{"adapter_model_revision", `model.yaml:13: spec.release.runtime.adapters[0].revision: an adapter in the model's directory has the model's revision; delete it`},
	{"adapter_name", `model.yaml:13: spec.release.runtime.adapters[0].name: expected letters, digits, dashes, underscores and dots, found the string "SQL expert"; begin and end it with a letter or digit, as in sql-expert`},
	{"adapter_name_of_model", `model.yaml:13: spec.release.runtime.adapters[0].name: llama-3-8b is the name by which callers ask for the model itself; choose another name`},
	{"adapter_password", `model.yaml:14: spec.release.runtime.adapters[0].source: the URL has a user name or password before its @, which would be shown wherever the URL is; remove it, and give the prepare step a Secret in its env`},
	{"adapter_revision", `model.yaml:13: spec.release.runtime.adapters[0].revision: a server that fetches an adapter by itself always takes its newest revision; add spec.release.model.prepare, which fetches it; or delete the revision`},
	{"adapter_revision_space", `model.yaml:13: spec.release.runtime.adapters[0].revision: expected a commit, digest or version, found the string "v 1"; write it without spaces, as in 0e9e39f or sha256:…`},
	{"adapter_s3", `model.yaml:13: spec.release.runtime.adapters[0].source: no server fetches an adapter from s3:// by itself; add spec.release.model.prepare, which fetches it`},
	{"adapter_scheme", `model.yaml:13: spec.release.runtime.adapters[0].source: expected a URL with hf, s3, gs, https or model, found the string "oci://registry.example.com/sql"; write it as in hf://owner/adapter, or model://adapters/sql`},
	{"adapter_twice", `model.yaml:14: spec.release.runtime.adapters[1]: the list has an item named sql already; keep one of them`},
	{"adapters_many", `model.yaml:12: spec.release.runtime.adapters: expected at most 64 items, found 65; shorten the list`},
	{"adapters_map", `model.yaml:12: spec.release.runtime.adapters: expected a list, found a map; write a list, each item behind a dash`},
	{"adapters_null", `model.yaml:12: spec.release.runtime.adapters[0]: expected a map, found null; write a value, or delete the field`},
	{"args_number", `model.yaml:12: spec.release.runtime.args[1]: expected a string, found a number; put it in quotes`},
	{"args_plain_secret", `model.yaml:12: spec.release.runtime.command[1]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here
model.yaml:15: spec.release.runtime.args[1]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here
model.yaml:16: spec.release.runtime.args[2]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here`},
	{"args_string", `model.yaml:12: spec.release.runtime.args: expected a list, found a string; write a list, each item behind a dash`},
	{"command_many", `model.yaml:12: spec.release.runtime.command: expected at most 64 items, found 65; shorten the list`},
	{"context_huge", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the number 100000000000000000000; write a whole number`},
	{"context_null_list", `model.yaml:12: spec.release.runtime.args[1]: expected a string, found null; write a value, or delete the field`},
	{"context_quoted", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the string "8192"; remove the quotes`},
	{"context_word", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the string "8k"; write a whole number`},
	{"context_zero", `model.yaml:12: spec.release.runtime.contextLength: expected an integer from 1 to 16777216, found the number 0; choose a number in that range`},
	{"engine_missing", `model.yaml:9: spec.release.runtime.engine: the field is missing, expected the name of an engine; add it (Engine is vllm, sglang, tgi, triton, tensorflow-serving or llamacpp; custom brings its own container)`},
	{"engine_pattern", `model.yaml:10: spec.release.runtime.engine: expected the name of an engine, found the string "vLLM"; write it as in vllm or tensorflow-serving`},
	{"engine_slash", `model.yaml:10: spec.release.runtime.engine: expected the name of an engine, found the string "../custom"; write it as in vllm or tensorflow-serving`},
	{"env_both", `model.yaml:13: spec.release.runtime.env[0]: HF_TOKEN has both value and secretKeyRef; expected one of them; delete one`},
	{"env_map", `model.yaml:12: spec.release.runtime.env: expected a list, found a map; write a list, each item behind a dash`},
	{"env_name", `model.yaml:13: spec.release.runtime.env[0].name: expected the name of an environment variable, found the string "HF-HUB-OFFLINE"; use letters, digits and underscores, as in HF_HUB_OFFLINE`},
	{"env_neither", `model.yaml:13: spec.release.runtime.env[0]: HF_TOKEN has neither value nor secretKeyRef; expected one of them; add value ("" for an empty one) or secretKeyRef`},
	{"env_no_name", `model.yaml:13: spec.release.runtime.env[0].name: the field is missing, expected the name of an environment variable; add it (Name of the variable)`},
	{"env_number", `model.yaml:14: spec.release.runtime.env[0].value: expected a string, found a number; put it in quotes`},
	{"env_number_secret", `model.yaml:14: spec.release.runtime.env[0].value: expected a string, found a number; put it in quotes`},
	{"env_plain_prefix", `model.yaml:13: spec.release.runtime.env[0].value: A has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:14: spec.release.runtime.env[1].value: B has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:15: spec.release.runtime.env[2].value: C has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:16: spec.release.runtime.env[3].value: D has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:18: spec.release.runtime.env[4].value: E has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:21: spec.release.runtime.env[5].value: F has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead`},
	{"env_plain_secret", `model.yaml:13: spec.release.runtime.env[0].value: HF_TOKEN has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:14: spec.release.runtime.env[1].value: AWS_SECRET_ACCESS_KEY has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:15: spec.release.runtime.env[2].value: TOKEN has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead
model.yaml:16: spec.release.runtime.env[3].value: db_password has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead`},
	{"env_twice", `model.yaml:15: spec.release.runtime.env[1]: the list has an item named A already; keep one of them`},
	{"gpu_memory_fraction", `model.yaml:12: spec.release.runtime.gpuMemoryPercent: expected an integer from 10 to 99, found the number 0.9; write a whole number`},
	{"gpu_memory_percent", `model.yaml:12: spec.release.runtime.gpuMemoryPercent: expected an integer from 10 to 99, found the number 100; choose a number in that range`},
	{"health_path", `model.yaml:12: spec.release.runtime.healthPath: expected an absolute path of a URL, found the string "health"; write it as in /health`},
	{"health_path_invisible", `model.yaml:12: spec.release.runtime.healthPath: found the invisible character U+00A0; expected text that reads as it looks; delete the character`},
	{"image_digest_short", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "vllm/vllm-openai@sha256:abc"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"image_double_slash", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "vllm//vllm-openai"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"image_missing", `model.yaml:9: spec.release.runtime.image: the field is missing, expected a container image; add it (Image is the container image, best by digest)`},
	{"image_upper", `model.yaml:11: spec.release.runtime.image: expected a container image, found the string "VLLM/vllm-openai:v0.11.0"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"kv_cache_precision", `model.yaml:12: spec.release.runtime.kvCachePrecision: expected one of bf16, fp16, fp8, found the string "int8"; choose one of them`},
	{"max_adapter_rank", `model.yaml:12: spec.release.runtime.maxAdapterRank: expected one of 1, 8, 16, 32, 64, 128, 256, 320, 512, found the number 12; choose one of them`},
	{"max_adapter_rank_alone", `model.yaml:12: spec.release.runtime.maxAdapterRank: there are no adapters; add adapters, or delete it`},
	{"max_request_range", `model.yaml:12: spec.release.runtime.maxRequestSeconds: expected an integer from 1 to 3600, found the number 0; choose a number in that range`},
	{"port_range", `model.yaml:12: spec.release.runtime.port: expected an integer from 1 to 65535, found the number 70000; choose a number in that range`},
	{"secret_key", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.key: expected a key of a Secret, found the string "to ken"; use letters, digits, dashes, dots and underscores, as in token`},
	{"secret_key_missing", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.key: the field is missing, expected a key of a Secret; add it (Key in the Secret)`},
	{"secret_name", `model.yaml:14: spec.release.runtime.env[0].secretKeyRef.name: expected the name of a Kubernetes object, found the string "HF_Token"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"startup_range", `model.yaml:12: spec.release.runtime.startupSeconds: expected an integer from 1 to 86400, found the number 100000; choose a number in that range`},
}
