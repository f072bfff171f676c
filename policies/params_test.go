package policies

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParamsHaveTheTypesOfTheirDefaults(t *testing.T) {
	p := policyOf(t, `  params:
    whole: 100
    fraction: 100.0
    scientific: 1e3
    quotas: [{team: search, gpus: 8, share: 0.5, nested: [{a: 1}]}]
    limits: {cost: 10.0, names: [a]}
    anything: {}
  validations:
  - expression: params.whole + 1 > 0 && params.fraction / 3.0 > 33.3 && params.scientific * 2.0 > 1999.5
  - expression: params.quotas.all(q, q.gpus + 1 > 0 && q.share * 2.0 > 0.5 && q.team != '' && q.nested.all(n, n.a > 0))
  - expression: params.limits.cost * 2.0 > 1.5 && params.limits.names.exists(n, n == 'a')
  - expression: "params.anything[?'x'].orValue(1) == 1"
`)
	if diff := cmp.Diff(map[string]any{
		"whole": int64(100), "fraction": 100.0, "scientific": 1000.0, "anything": map[string]any{}, "limits": map[string]any{"cost": 10.0, "names": []any{"a"}},
		"quotas": []any{map[string]any{"team": "search", "gpus": int64(8), "share": 0.5, "nested": []any{map[string]any{"a": int64(1)}}}},
	}, p.Params); diff != "" {
		t.Error(diff)
	}
	given := map[string]any{
		"fraction": int64(200), "limits": map[string]any{"cost": int64(4)},
		"quotas": []any{map[string]any{"team": "ads", "gpus": int64(1), "share": int64(1), "nested": []any{}}, map[string]any{"team": "x", "gpus": int64(1), "share": 0.3, "nested": []any{}}},
	}
	if wrong := p.CheckParams(given); wrong != "" {
		t.Fatal(wrong)
	}
	for name, params := range map[string]map[string]any{"the defaults": nil, "given ones": p.fitted(given)} {
		d := decide(t, []Selection{{Policy: p, Params: params}}, example())
		if len(d.Findings) > 0 {
			t.Errorf("%s: %+v", name, d.Findings)
		}
	}
	if given["fraction"] != int64(200) || p.Params["limits"].(map[string]any)["cost"] != 10.0 {
		t.Errorf("fitting changed %v or %v", given, p.Params)
	}
}

func TestParamsOfOtherTypesAreRefused(t *testing.T) {
	p := policyOf(t, "  params: {quotas: [{team: search, gpus: 8}], limits: {cost: 10.0}}\n  validations: [{expression: 'true'}]\n")
	for want, params := range map[string]map[string]any{
		"the parameter quotas of the policy p is like [map[gpus:8 team:search]], found [map[gpus:many]]": {"quotas": []any{map[string]any{"gpus": "many"}}},
		"the parameter quotas of the policy p is like [map[gpus:8 team:search]], found [map[gpu:1]]":     {"quotas": []any{map[string]any{"gpu": int64(1)}}},
		"the parameter limits of the policy p is like map[cost:10], found map[costs:1]":                  {"limits": map[string]any{"costs": int64(1)}},
		"the parameter limits of the policy p is like map[cost:10], found [1]":                           {"limits": []any{int64(1)}},
		"": {"limits": map[string]any{}},
	} {
		if got := p.CheckParams(params); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
