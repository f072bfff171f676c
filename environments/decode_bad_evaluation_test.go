package environments

// badEvaluation are descriptors with something wrong in the evaluations.
var badEvaluation = []badDescriptor{
	{"evaluation_args_secret", `model.yaml:16: spec.evaluations[0].args[1]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here
model.yaml:17: spec.evaluations[0].command[1]: this has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here`},
	{"evaluation_dataset_name", `model.yaml:16: spec.evaluations[0].dataset: expected a URL with hf, s3, gs, oci or https, found the string "mmlu"; write it as in hf://cais/mmlu; or delete it, if the image has its data`},
	{"evaluation_dataset_password", `model.yaml:16: spec.evaluations[0].dataset: the URL has a user name or password before its @, which would be shown wherever the URL is; remove it, and give the evaluation a Secret in its env`},
	{"evaluation_dataset_query", `model.yaml:16: spec.evaluations[0].dataset: expected https://host/path, with a port of at most 65535 if any, and without a query, which might hold a secret, found the string "https://data.example.com/mmlu.jsonl?…"; write it as in https://models.example.com/llama-3-8b.gguf`},
	{"evaluation_dataset_revision", `model.yaml:17: spec.evaluations[0].datasetRevision: expected a commit, digest or version, found the string "0e9 e39"; write it without spaces, as in 0e9e39f or sha256:…`},
	{"evaluation_dataset_revision_alone", `model.yaml:16: spec.evaluations[0].datasetRevision: there is no dataset that it could be a revision of; add dataset, or delete it`},
	{"evaluation_dataset_scheme", `model.yaml:16: spec.evaluations[0].dataset: expected a URL with hf, s3, gs, oci or https, found the string "pvc://data/mmlu"; write it as in hf://cais/mmlu; or delete it, if the image has its data`},
	{"evaluation_dataset_three", `model.yaml:16: spec.evaluations[0].dataset: expected hf://owner/name, found the string "hf://cais/mmlu/all"; write it as in hf://meta-llama/Llama-3.1-8B-Instruct, with the commit in revision`},
	{"evaluation_env_both", `model.yaml:17: spec.evaluations[0].env[0].name: expected the name of an environment variable, found the string "A-B"; use letters, digits and underscores, as in HF_HUB_OFFLINE
model.yaml:18: spec.evaluations[0].env[1]: A has both value and secretKeyRef; expected one of them; delete one
model.yaml:19: spec.evaluations[0].env[2]: B has neither value nor secretKeyRef; expected one of them; add value ("" for an empty one) or secretKeyRef`},
	{"evaluation_env_own", `model.yaml:17: spec.evaluations[0].env[0].name: variables whose names begin with PENSTOCK_ are set by Penstock; choose another name
model.yaml:18: spec.evaluations[0].env[1].name: variables whose names begin with PENSTOCK_ are set by Penstock; choose another name`},
	{"evaluation_env_reference", `model.yaml:17: spec.evaluations[0].env[0].secretKeyRef.key: expected a key of a Secret, found the string "a b"; use letters, digits, dashes, dots and underscores, as in token
model.yaml:17: spec.evaluations[0].env[0].secretKeyRef.name: expected the name of a Kubernetes object, found the string "S"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"evaluation_env_secret", `model.yaml:17: spec.evaluations[0].env[0].value: HF_TOKEN has a secret in plain text, which everybody who reads the repository sees; put it into a Secret, and write secretKeyRef with the Secret's name and key instead`},
	{"evaluation_env_twice", `model.yaml:18: spec.evaluations[0].env[1]: the list has an item named A already; keep one of them`},
	{"evaluation_gpu", `model.yaml:16: spec.evaluations[0].accelerator: there is no such field; did you mean spec.accelerator?`},
	{"evaluation_image", `model.yaml:14: spec.evaluations[0].image: expected a container image, found the string "registry.example.com/Eval 1"; write it as in vllm/vllm-openai:v0.11.0, best with its @sha256:… digest`},
	{"evaluation_image_missing", `model.yaml:13: spec.evaluations[0].image: the field is missing, expected a container image; add it (Image that runs it, by digest where the environment takes no floating revisions)`},
	{"evaluation_limits_crossed", `model.yaml:15: spec.evaluations[0].metrics[1].max: expected at least min, 1500m, found 1; raise max, or lower min`},
	{"evaluation_limits_float", `model.yaml:15: spec.evaluations[0].metrics[0].min: expected a quantity such as 15Gi or 500m, found the number 0.7; put it in quotes, with its unit if it has one`},
	{"evaluation_limits_percent", `model.yaml:15: spec.evaluations[0].metrics[0].min: expected a quantity such as 15Gi or 500m, found the string "70%"; write a number and a unit, as in 15Gi or 500m`},
	{"evaluation_limits_word", `model.yaml:15: spec.evaluations[0].metrics[0].max: expected a quantity such as 15Gi or 500m, found the string "low"; write a number and a unit, as in 15Gi or 500m
model.yaml:15: spec.evaluations[0].metrics[0].min: expected a quantity such as 15Gi or 500m, found the string "high"; write a number and a unit, as in 15Gi or 500m`},
	{"evaluation_metric_invisible", `model.yaml:15: spec.evaluations[0].metrics[0].name: found the invisible character U+200B; expected text that reads as it looks; delete the character`},
	{"evaluation_metric_long", `model.yaml:15: spec.evaluations[0].metrics[0].name: expected at most 200 characters, found 201; shorten it`},
	{"evaluation_metric_space", `model.yaml:15: spec.evaluations[0].metrics[0].name: expected the name of a metric, without spaces, found the string "mmlu acc"; write it as the result has it, as in mmlu/acc`},
	{"evaluation_metrics_empty", `model.yaml:15: spec.evaluations[0].metrics: expected 1 or more items, found 0; write them, each behind a dash`},
	{"evaluation_metrics_missing", `model.yaml:13: spec.evaluations[0].metrics: the field is missing, expected a list; add it (Metrics that are asked for)`},
	{"evaluation_metrics_twice", `model.yaml:15: spec.evaluations[0].metrics[1]: the list has an item named mmlu/acc already; keep one of them`},
	{"evaluation_name", `model.yaml:13: spec.evaluations[0].name: expected a DNS label, found the string "MMLU"; use lower-case letters, digits and dashes, as in team-a`},
	{"evaluation_name_long", `model.yaml:13: spec.evaluations[0].name: expected at most 40 characters, found 41; shorten it`},
	{"evaluation_name_missing", `model.yaml:13: spec.evaluations[0].name: the field is missing, expected a DNS label; add it (Name of the evaluation, by which policies know its metrics)`},
	{"evaluation_resources", `model.yaml:16: spec.evaluations[0].resources.cpu: expected a quantity such as 15Gi or 500m, found the string "2 cores"; write a number and a unit, as in 15Gi or 500m
model.yaml:16: spec.evaluations[0].resources.memory: expected a quantity such as 15Gi or 500m, found the string "4 GiB"; write a number and a unit, as in 15Gi or 500m
model.yaml:16: spec.evaluations[0].resources.sharedMemory: expected a quantity such as 15Gi or 500m, found the string "some"; write a number and a unit, as in 15Gi or 500m`},
	{"evaluation_resources_shared", `model.yaml:16: spec.evaluations[0].resources.sharedMemory: expected less than memory, 1Gi, which includes it, found 1Gi; raise memory, or lower sharedMemory`},
	{"evaluation_resources_small", `model.yaml:16: spec.evaluations[0].resources.cpu: expected at least 1m, found 0; write a number and a unit, as in 4 or 500m
model.yaml:16: spec.evaluations[0].resources.memory: expected at least 1Mi, found 4; write a number and a unit, as in 24Gi
model.yaml:16: spec.evaluations[0].resources.sharedMemory: expected at least 1Mi, found 2; write a number and a unit, as in 2Gi`},
	{"evaluation_result", `model.yaml:16: spec.evaluations[0].result: expected one of TerminationMessage, File, found the string "Stdout"; choose one of them`},
	{"evaluation_retries", `model.yaml:16: spec.evaluations[0].retries: expected an integer from 0 to 10, found the number 11; choose a number in that range`},
	{"evaluation_timeout_days", `model.yaml:16: spec.evaluations[0].timeout: expected a duration, found "1d"; write it as in 2h or 90m; days are written in hours`},
	{"evaluation_timeout_long", `model.yaml:16: spec.evaluations[0].timeout: expected a duration from 1m to 24h, found 24h1s; write it as in 2h or 90m`},
	{"evaluation_timeout_number", `model.yaml:16: spec.evaluations[0].timeout: expected a string, found the number 3600; put it in quotes`},
	{"evaluation_timeout_short", `model.yaml:16: spec.evaluations[0].timeout: expected a duration from 1m to 24h, found 30s; write it as in 2h or 90m`},
	{"evaluation_twice", `model.yaml:16: spec.evaluations[1]: the list has an item named mmlu already; keep one of them`},
	{"evaluations_many", `model.yaml:12: spec.evaluations: expected at most 16 items, found 17; shorten the list`},
	{"evaluations_map", `model.yaml:12: spec.evaluations: expected a list, found a map; write a list, each item behind a dash`},
}
