package environments

// badPlacement are descriptors with something wrong in the rest of the placement: scheduling, resources, cache, credentials.
var badPlacement = []badDescriptor{
	{"cache_access_mode", `model.yaml:14: spec.cache.accessMode: expected one of ReadWriteMany, ReadWriteOnce, ReadWriteOncePod, found the string "ReadOnlyMany"; choose one of them`},
	{"cache_access_mode_ephemeral", `model.yaml:13: spec.cache.accessMode: an ephemeral cache has no access mode: each replica has its own; delete it, or add claimName or claim`},
	{"cache_both", `model.yaml:13: spec.cache.size: size bounds an ephemeral cache and means nothing beside claimName; delete size, or set size: null in the patch`},
	{"cache_both_claims", `model.yaml:14: spec.cache.claim: claimName names a claim that exists, and claim asks for a new one; expected one of them; delete one, or set it to null in the patch`},
	{"cache_claim", `model.yaml:13: spec.cache.claimName: expected the name of a Kubernetes object, found the string "Weights"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"cache_claim_and_size", `model.yaml:13: spec.cache.size: size bounds an ephemeral cache and means nothing beside claim; delete size, or set size: null in the patch`},
	{"cache_claim_size", `model.yaml:13: spec.cache.claim.size: expected a quantity such as 15Gi or 500m, found the string "lots"; write a number and a unit, as in 15Gi or 500m`},
	{"cache_claim_size_missing", `model.yaml:13: spec.cache.claim.size: the field is missing, expected a quantity such as 15Gi or 500m; add it (Size of the volume)`},
	{"cache_claim_size_small", `model.yaml:13: spec.cache.claim.size: expected at least 1Mi, found 200; write a number and a unit, as in 200Gi`},
	{"cache_claim_too_small", `model.yaml:14: spec.cache.claim.size: expected at least the size of the model, 15Gi, found 10Gi; raise it: a download and what it becomes may be there at once`},
	{"cache_exclusive_nodes", `model.yaml:14: spec.cache.accessMode: a replica on 2 nodes needs the volume on each of them; use ReadWriteMany`},
	{"cache_exclusive_replicas", `model.yaml:14: spec.cache.accessMode: a ReadWriteOnce volume is one replica's alone, and there are up to 2: the others would wait for it for ever; use ReadWriteMany, or one replica`},
	{"cache_exclusive_schedule", `model.yaml:14: spec.cache.accessMode: a ReadWriteOncePod volume is one replica's alone, and there are up to 4: the others would wait for it for ever; use ReadWriteMany, or one replica`},
	{"cache_exclusive_surge", `model.yaml:15: spec.rollout.surge: a second replica would wait for the ReadWriteOnce cache that the first one holds; set surge: 0`},
	{"cache_size", `model.yaml:13: spec.cache.size: expected a quantity such as 15Gi or 500m, found the string "lots"; write a number and a unit, as in 15Gi or 500m`},
	{"cache_size_small", `model.yaml:13: spec.cache.size: expected at least 1Mi, found 50; write a number and a unit, as in 50Gi`},
	{"cache_storage_class", `model.yaml:13: spec.cache.claim.storageClass: expected the name of a Kubernetes object, found the string "Fast SSD"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"cache_too_small", `model.yaml:13: spec.cache.size: expected at least the size of the model, 15Gi, found 10Gi; raise it: a download and what it becomes may be there at once`},
	{"credentials_keys", `model.yaml:13: spec.credentials.modelToken.key: expected a key of a Secret, found a string; use letters, digits, dashes, dots and underscores, as in token
model.yaml:13: spec.credentials.modelToken.name: expected the name of a Kubernetes object, found a string; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"credentials_pull_secret", `model.yaml:13: spec.credentials.imagePullSecret: expected the name of a Kubernetes object, found a string; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"credentials_string", `model.yaml:13: spec.credentials.modelToken: expected a map, found a string; write a map, each field on a line of its own`},
	{"node_selector_accelerator", `model.yaml:14: spec.scheduling.nodeSelector[nvidia.com/gpu.memory]: this label is chosen by spec.accelerator; use spec.accelerator.memory
model.yaml:15: spec.scheduling.nodeSelector[nvidia.com/gpu.product]: this label is chosen by spec.accelerator; use spec.accelerator.product`},
	{"node_selector_key", `model.yaml:14: spec.scheduling.nodeSelector[pool of]: this cannot be the name of a label; write it as in pool or example.com/pool`},
	{"node_selector_list", `model.yaml:13: spec.scheduling.nodeSelector: expected a map, found a list; write a map, each field on a line of its own`},
	{"node_selector_number", `model.yaml:14: spec.scheduling.nodeSelector[pool]: expected a string, found the number 7; put it in quotes
model.yaml:15: spec.scheduling.nodeSelector[dedicated]: expected a string, found the boolean true; put it in quotes`},
	{"node_selector_number_domain", `model.yaml:14: spec.scheduling.nodeSelector[topology.kubernetes.io/zone]: expected a string, found the number 7; put it in quotes`},
	{"node_selector_value", `model.yaml:14: spec.scheduling.nodeSelector[pool]: expected at most 63 letters, digits, dashes, underscores and dots, found the string "gpu pool"; correct the value`},
	{"priority_class", `model.yaml:12: spec.scheduling.priorityClass: expected the name of a Kubernetes object, found the string "high_priority"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"priority_class_dots", `model.yaml:12: spec.scheduling.priorityClass: expected the name of a Kubernetes object, found the string "high..priority"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"queue_long", `model.yaml:12: spec.scheduling.queue: expected at most 63 characters, found 64; shorten it`},
	{"queue_name", `model.yaml:12: spec.scheduling.queue: expected the name of a Kubernetes object, found the string "Team A"; use lower-case letters, digits, dashes and dots, as in hf-token`},
	{"resources_enormous", `model.yaml:12: spec.resources.cpu: expected at most 1k, found 5k; write a number and a unit, as in 4 or 500m
model.yaml:12: spec.resources.memory: expected at most 1Pi, found 2Pi; write a number and a unit, as in 24Gi`},
	{"resources_shared", `model.yaml:14: spec.resources.sharedMemory: expected less than memory, 16Gi, which includes it, found 16Gi; raise memory, or lower sharedMemory`},
	{"resources_unit", `model.yaml:13: spec.resources.memory: expected a quantity such as 15Gi or 500m, found the string "24 GiB"; write a number and a unit, as in 15Gi or 500m`},
	{"resources_zero", `model.yaml:13: spec.resources.cpu: expected at least 1m, found 0; write a number and a unit, as in 4 or 500m
model.yaml:14: spec.resources.memory: expected at least 1Mi, found 24; write a number and a unit, as in 24Gi
model.yaml:15: spec.resources.sharedMemory: expected at least 1Mi, found 0; write a number and a unit, as in 2Gi`},
	{"spot_string", `model.yaml:12: spec.scheduling.spot: expected true or false, found the string "preferred"; write true or false, without quotes`},
	{"spread_over", `model.yaml:13: spec.scheduling.spread.over: expected the key of a label or taint, found the string "zone of the cloud"; write it as in topology.kubernetes.io/zone`},
	{"spread_required", `model.yaml:13: spec.scheduling.spread.required: expected true or false, found the string "no"; write true or false, without quotes`},
	{"toleration_effect", `model.yaml:15: spec.scheduling.tolerations[0].effect: expected one of NoSchedule, PreferNoSchedule, NoExecute, found the string "NoScheduled"; did you mean NoSchedule?`},
	{"toleration_key", `model.yaml:14: spec.scheduling.tolerations[0].key: expected the key of a label or taint, found the string "spot instance"; write it as in topology.kubernetes.io/zone
model.yaml:15: spec.scheduling.tolerations[1].key: the field is missing, expected the key of a label or taint; add it (Key of the taint)`},
	{"toleration_operator", `model.yaml:15: spec.scheduling.tolerations[0].operator: there is no such field; expected one of effect, key, value`},
	{"toleration_value", `model.yaml:15: spec.scheduling.tolerations[0].value: expected letters, digits, dashes, underscores and dots, found the string "gpu pool"; begin and end it with a letter or digit, as in sql-expert`},
}
