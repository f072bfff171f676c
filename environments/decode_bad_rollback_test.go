package environments

// badRollback are descriptors with something wrong in what follows when a release fails.
var badRollback = []badDescriptor{
	{"probation_alone", `model.yaml:13: spec.rollout.probation: no release is taken back by itself, since rollback is none unless told; add rollback: auto, or delete probation`},
	{"probation_days", `model.yaml:14: spec.rollout.probation: expected a duration, found "7d"; write it as in 30m or 48h; days are written in hours`},
	{"probation_fraction", `model.yaml:14: spec.rollout.probation: expected whole seconds, found 90.5s; write it as in 30m or 48h`},
	{"probation_long", `model.yaml:14: spec.rollout.probation: expected a duration from 1m to 168h, found 169h; write it as in 30m or 48h`},
	{"probation_negative", `model.yaml:14: spec.rollout.probation: expected a duration from 1m to 168h, found -1h; write it as in 30m or 48h`},
	{"probation_none", `model.yaml:14: spec.rollout.probation: no release is taken back by itself, since rollback is none unless told; add rollback: auto, or delete probation`},
	{"probation_number", `model.yaml:14: spec.rollout.probation: expected a string, found the number 30; put it in quotes`},
	{"probation_overflow", `model.yaml:14: spec.rollout.probation: expected a duration, found "9999999999999h"; write it as in 30m or 48h; days are written in hours`},
	{"probation_short", `model.yaml:14: spec.rollout.probation: expected a duration from 1m to 168h, found 59s; write it as in 30m or 48h`},
	{"rollback_boolean", `model.yaml:13: spec.rollout.rollback: expected one of auto, none, found the boolean true; put it in quotes`},
	{"rollback_word", `model.yaml:13: spec.rollout.rollback: expected one of auto, none, found the string "automatic"; choose one of them`},
}
