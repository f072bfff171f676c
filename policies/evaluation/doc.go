// Package evaluation reads the results of evaluating a model and compares them with a rule: an absolute floor,
// and how much worse a model may be than the one it replaces.
//
// Evaluations are run elsewhere. What they found is a JSON file, committed beside a unit or recorded by the
// agent, in one of two shapes.
//
// The first is what lm-evaluation-harness writes with --output_path, and the files of the Open LLM Leaderboard.
// The accuracy of the task gsm8k under the filter strict-match becomes the metric gsm8k/exact_match,strict-match;
// under the filter none, or without one, it is gsm8k/exact_match.
//
// The second is a shape of our own, for everything else, in which an unknown field is refused:
//
//	{
//	  "model": "hf://meta-llama/Llama-3.1-8B-Instruct",
//	  "revision": "0e9e39f249a16976918f6564b8830bc894c89659",
//	  "metrics": {"support-answers/correct": 0.91, "latency/p95-seconds": 1.4},
//	  "stderr": {"support-answers/correct": 0.008},
//	  "versions": {"support-answers/correct": "2026-10"},
//	  "samples": 1200,
//	  "finished": "2026-11-01T10:00:00Z"
//	}
//
// Model, revision, metrics and finished are required. Model is the source as the descriptor says it. The version
// of a metric names the data and the way of measuring; only metrics of the same version compare.
//
// A result is about one exact revision, and one that does not say which is refused: a score of main proves
// nothing about what is deployed. Result.About tells whether it is about the model at hand.
//
// A regression can be an accident of sampling. Where a metric has a standard error, a rule may ask that a
// regression be larger than so many standard errors of the difference before it counts.
//
// What a Job of the agent left says less of itself, since the Job is bound to what it measured: see ParseRun, and README.md,
// which is for engineers.
//
// The package is pure: the time is handed in.
package evaluation
