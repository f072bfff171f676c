package check_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/policies"
)

// The value of a Secret is in no report, not even in what policies see.
func TestNoReportTellsASecret(t *testing.T) {
	with := func(value string) files {
		return files{
			"environments/prod/echo/kustomization.yaml": "resources: [model.yaml, secret.yaml]\n",
			"environments/prod/echo/secret.yaml":        "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: " + value + "}\n",
		}
	}
	const before, after = "open-sesame", "close-sesame"
	h := newHistory(t, with(before), files{
		"environments/prod/environment.yaml": environment("prod", "policies: [{name: few}, {name: tell}]"),
		"policies/tell.yaml":                 policy("tell", `objects.all(o, o.kind != 'Secret' || !has(o.stringData) || o.stringData.token == '')`, "no") + "    messageExpression: \"objects.filter(o, o.kind == 'Secret').map(o, o.stringData.token).join(' ')\"\n",
	})
	h.change("Another token", with(after), files{"environments/prod/echo/model.yaml": echo("echo", "2.0")})
	report := h.check(check.Options{Everything: true})
	wantText(t, report, "Secret models-prod/token", "(secret, changed)")
	all := map[string]string{}
	for name, format := range formats {
		all[name] = written(t, format, report)
	}
	input, err := json.Marshal(report.Units[0].Outcome.Input)
	if err != nil {
		t.Fatal(err)
	}
	all["input"] = string(input)
	for name, text := range all {
		for _, value := range []string{"sesame", "b3Blbi1zZXNhbWU", "Y2xvc2Utc2VzYW1l"} {
			if strings.Contains(text, value) {
				t.Errorf("%s has %s:\n%s", name, value, text)
			}
		}
	}
	if report.Units[0].Outcome.Verdict == policies.Hold {
		t.Logf("the policy saw: %s", findings(report.Units[0]))
	}
}
