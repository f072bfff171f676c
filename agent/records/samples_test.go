package records_test

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/policies"
)

const (
	releaseA = "sha256:3f2a91c0d5b14a8e9c77e0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5"
	releaseB = "sha256:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7"
	commitA  = "5dc2e43a1f0c9b8e7d6c5b4a39281706f5e4d3c2"
	contentA = "sha256:0f343b0931126a20f133d67c2b018a3b0c1a3c0f5b8a4d3e2f1c0b9a88776655"
)

// noon is when most of what is told here happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func idOf(release string) string {
	if release == "" {
		return ""
	}
	return "rel-" + release[7:14]
}

// fact is a small one.
func fact(kind records.Kind, model, release string, at time.Time) records.Fact {
	f := records.Fact{
		ID: records.NewID(string(kind), model, release, at.String()), Kind: kind, Environment: "staging", Model: model, Time: at,
		Data: records.Data{Message: string(kind) + " " + idOf(release), Agent: records.Agent{Version: "v0.5.0"}, Source: &records.Source{Branch: "main", Commit: commitA}},
	}
	if release != "" {
		f.Data.Release = &records.Release{ID: idOf(release), Digest: release}
	}
	return f
}

// story is one fact of each kind, as an agent tells them.
func story() []records.Fact {
	at := noon
	var told []records.Fact
	tell := func(kind records.Kind, message string, data records.Data) {
		at = at.Add(90 * time.Second)
		data.Message = message
		data.Agent = records.Agent{Version: "v0.5.0", Identity: "penstock-agent-7d9f", Installation: "0b0c7f0e-6f0f-4d4b-9f0a-2f1f5a0f2d11"}
		f := records.Fact{ID: records.NewID("story", string(kind)), Kind: kind, Environment: "staging", Model: "llama-3-8b", Time: at, Data: data}
		if kind == records.Lost {
			f.Model = ""
		}
		told = append(told, f)
	}
	source := &records.Source{Branch: "main", Commit: commitA, Changes: []policies.Commit{{
		ID: commitA, Subject: "Serve Llama 3.1 8B from staging", Author: policies.Person{Name: "Ada Lovelace", Email: "ada@example.com"},
		Committer: policies.Person{Name: "Ada Lovelace", Email: "ada@example.com"}, Time: noon.Add(-time.Hour),
		Signature: &policies.Signature{Kind: "ssh", Principals: []string{"ada@example.com"}, Fingerprint: "SHA256:gSaA0Yd3y3UNVkzNFMXWpfQz9oH8WIYQCT5TKwVhH1w", ByAuthor: true, ByCommitter: true},
	}}}
	release := &records.Release{ID: idOf(releaseA), Digest: releaseA, Model: "hf://meta-llama/Llama-3.1-8B-Instruct",
		Revision: "0e9e39f249a16976918f6564b8830bc894c89659", Image: "vllm/vllm-openai:v0.11.0@sha256:014a95f21c9edf6abe0aea6b07353f96baa4ec291c427bb1176dc7c93a85845c", Previous: idOf(releaseB)}
	inputs := &records.Inputs{Content: contentA, Files: []records.File{{Name: "environments/staging/llama-3-8b/release.yaml", SHA256: "8de25e75ce396a1d5a3a1f0b5c3c8d7e6f50412332211000ffeeddccbbaa9988"}},
		Objects: "sha256:7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8", Digest: "7c9fa136d4413fa6", Rules: "sha256:8d74beec1be996322ad76813bafb92d40839895d6dd7ee808b17ca201eac98be", RulesCommit: commitA}
	deployment := records.Object{Group: "apps", Kind: "Deployment", Namespace: "llm-staging", Name: "llama-3-8b", Action: "configured"}
	soaking := policies.Finding{Policy: "soak-time", File: "built-in/soak-time.yaml", Line: 43, Action: "Deny", Fields: []string{"evidence"},
		Message: "rel-3f2a91c has been healthy in dev without a break since 2026-11-23T11:00:00Z only, 1 of 24 hours: wait until 2026-11-24T11:00:00Z; it is looked at again by itself"}
	again, since := noon.Add(23*time.Hour), noon.Add(-time.Hour)
	decision := func(verdict policies.Verdict, reason string, findings ...policies.Finding) *records.Decision {
		return &records.Decision{Decision: policies.Decision{Verdict: verdict, Findings: findings, Evaluated: []string{"image-by-digest", "soak-time"}, Cost: 1840},
			Reason: reason, Change: policies.ChangeRelease, Now: at,
			Approvals: []policies.Approval{{Principal: "grace@example.com", Fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrrAHzDu4xVc7NIfRYu3OZ5s", Expires: noon.Add(72 * time.Hour)}},
			Evidence:  map[string]policies.Evidence{"dev": {Healthy: true, HealthySince: &since, HealthyFor: &metav1.Duration{Duration: time.Hour}}},
			Windows:   &policies.Windows{Open: true, Reason: "no window is said"}}
	}
	held := decision(policies.Hold, "Held", soaking)
	held.Again = &again
	overridden := soaking
	overridden.Overridden = &policies.Override{Policies: []string{"soak-time"}, Reason: "the outage of 23 November", By: "grace@example.com", Commit: commitA}
	all := records.Data{Source: source, Release: release, Inputs: inputs}
	with := func(change func(d *records.Data)) records.Data {
		d := all
		change(&d)
		return d
	}
	tell(records.Refused, "refused staging/llama-3-8b: environments/staging/llama-3-8b/release.yaml:7: spec.release.model.revision: found main; expected a commit",
		records.Data{Source: &records.Source{Branch: "main", Commit: commitA}, Problems: []string{"environments/staging/llama-3-8b/release.yaml:7: spec.release.model.revision: found main; expected a commit"}})
	tell(records.Held, "held rel-3f2a91c: 1 policy is against it", with(func(d *records.Data) { d.Decision = held }))
	tell(records.Overridden, "let in rel-3f2a91c against soak-time, by grace@example.com", with(func(d *records.Data) { d.Decision = decision(policies.Warn, "Overridden", overridden) }))
	tell(records.Admitted, "let in rel-3f2a91c", with(func(d *records.Data) { d.Decision = decision(policies.Admit, "Admitted") }))
	tell(records.Failed, "could not apply rel-3f2a91c of staging/llama-3-8b", with(func(d *records.Data) { d.Problems = []string{"the API server does not answer"} }))
	tell(records.Applied, "applied rel-3f2a91c of staging/llama-3-8b", with(func(d *records.Data) { d.Objects = []records.Object{deployment} }))
	tell(records.Healthy, "rel-3f2a91c of staging/llama-3-8b is healthy", records.Data{Source: source, Release: release, Health: &records.Health{Status: "Healthy", Message: "2 of 2 replicas are ready"}})
	tell(records.Evaluated, "evaluated rel-3f2a91c: quality passed", records.Data{Release: release, Evaluation: &records.Evaluation{Name: "quality", Passed: true,
		Metrics: map[string]float64{"mmlu/acc": 0.6834, "latency/p95-seconds": 1.4}, Revision: release.Revision, Dataset: "hf://cais/mmlu", Job: "llama-3-8b-quality-3f2a91c", Finished: at}})
	changed := noon.Add(10 * time.Minute)
	tell(records.Drifted, "kubectl-edit changed .spec.replicas of Deployment/llama-3-8b", records.Data{Release: release, Drift: []records.Drift{{
		Object: records.Object{Group: "apps", Kind: "Deployment", Namespace: "llm-staging", Name: "llama-3-8b", Action: "kept"}, Field: ".spec.replicas", Wanted: "2", Found: "1", Manager: "kubectl-edit", Time: &changed}}})
	tell(records.Corrected, "put staging/llama-3-8b right: 1 object differed", with(func(d *records.Data) { d.Objects = []records.Object{deployment} }))
	tell(records.Degraded, "rel-3f2a91c of staging/llama-3-8b is degraded", records.Data{Release: release, Health: &records.Health{Status: "Degraded", Message: "CrashLoopBackOff: CUDA out of memory"}})
	tell(records.RolledBack, "went back from rel-3f2a91c to rel-9b71d22", records.Data{Release: &records.Release{ID: idOf(releaseB), Digest: releaseB}, Objects: []records.Object{deployment},
		Rollback: &records.Rollback{From: releaseA, To: releaseB, ToCommit: commitA, URL: "https://git.example.com/ml/models/pulls/7"}})
	tell(records.Promoted, "asked to bring rel-3f2a91c from dev", records.Data{Release: release, Promotion: &records.Promotion{From: "dev", To: "staging",
		Branch: "penstock/promote/staging/llama-3-8b", Commit: commitA, URL: "https://git.example.com/ml/models/pulls/8", Action: "opened"}})
	tell(records.Suspended, "staging/llama-3-8b is left alone: its environment is suspended", records.Data{Source: source})
	tell(records.Pruned, "staging/llama-3-8b left Git and was deleted", records.Data{Source: source, Objects: []records.Object{{Group: "apps", Kind: "Deployment", Namespace: "llm-staging", Name: "llama-3-8b", Action: "deleted"}}})
	tell(records.Lost, "12 facts from 2026-11-20T10:00:00Z to 2026-11-20T11:00:00Z were dropped", records.Data{Lost: 12})
	return told
}
