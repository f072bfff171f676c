package gate_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

const (
	policyPath = "policies/mine.yaml"
	digestA    = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB    = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// What is wrong with rules keeps them from coming into force, and says where.
func TestBadRules(t *testing.T) {
	exception := "apiVersion: penstock.dev/v1alpha1\nkind: PolicyException\nmetadata:\n  name: launch\nspec:\n  units: [prod/llama]\n  policy: gpu-quota\n  reason: the launch\n  approver: cto@example.com\n"
	for name, c := range map[string]struct{ file, content, want string }{
		"a rule that is no expression":                {policyPath, policyFile("mine", "1 +"), `policies/mine.yaml:7:21: spec.validations[0].expression: Syntax error: mismatched input '<EOF>'`},
		"a rule that is no condition":                 {policyPath, policyFile("mine", "1 + 1"), `expected bool, found an expression of type int`},
		"a misspelt field":                            {policyPath, policyFile("mine", "descriptor.spec.scaling.mim > 1"), `policies/mine.yaml:7:41: spec.validations[0].expression: undefined field 'mim'`},
		"a rule that compares apples":                 {policyPath, policyFile("mine", "gpu.total > '3'"), `found no matching overload for '_>_' applied to '(int, string)'`},
		"an exception without an end":                 {"policies/exceptions/launch.yaml", exception, `policies/exceptions/launch.yaml:5: spec.expires: an exception has to end; say when, as in expires: 2026-12-31T00:00:00Z`},
		"an exception that ends on a day that is not": {"policies/exceptions/launch.yaml", exception + "  expires: 2026-02-30T00:00:00Z\n", `policies/exceptions/launch.yaml:10: spec.expires: `},
		"an exception from nothing":                   {"policies/exceptions/launch.yaml", strings.Replace(exception, "gpu-quota", "gpu-qouta", 1) + "  expires: 2026-12-31T00:00:00Z\n", `there is no policy named gpu-qouta; did you mean gpu-quota?`},
		"an exception for everything":                 {"policies/exceptions/launch.yaml", strings.Replace(exception, "prod/llama", "'*/*'", 1) + "  expires: 2026-12-31T00:00:00Z\n", `spec.units[0]`},
		"an exception of nobody":                      {"policies/exceptions/launch.yaml", strings.Replace(exception, "cto@example.com", "me", 1) + "  expires: 2026-12-31T00:00:00Z\n", `spec.approver`},
		"an exception without a reason":               {"policies/exceptions/launch.yaml", strings.Replace(exception, "the launch", "' '", 1) + "  expires: 2026-12-31T00:00:00Z\n", `spec.reason`},
		"trusted keys with a wrong line":              {"trust/allowed_signers", "ada@example.com ssh-ed25519 AAAA\n", `trust/allowed_signers:1: `},
		"a setting of trust that there is not":        {"trust/trust.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {approvers: 2}\n", `spec.approvers`},
		"trust that asks for nobody":                  {"trust/trust.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {approvals: 0}\n", `spec.approvals`},
		"a wildcard that overrides":                   {"trust/trust.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {overriders: ['*']}\n", `spec.overriders[0]`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t).both(c.file, c.content)
			if _, rules, err := s.load(s.before); err == nil || !strings.Contains(err.Error(), c.want) || rules != nil {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// Nobody may believe to have a policy that nobody reads, or lock the rules for ever.
func TestRulesThatWouldNotDoWhatTheySay(t *testing.T) {
	settings := "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: {approvals: 2}\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"upper case":     {map[string]string{"policies/mine.YAML": policyFile("mine", "true")}, "policies/mine.YAML: a policy is a file that ends in .yaml or .yml, in lower case; rename it"},
		"too deep":       {map[string]string{"policies/more/mine.yaml": policyFile("mine", "true")}, "policies/more: policies are not read from directories below this one; move them up, or give them another extension"},
		"a locked gate":  {map[string]string{"trust/allowed_signers": allowed("ada@example.com", key(t, 1)), "trust/trust.yaml": settings}, "trust/trust.yaml: spec.approvals: 2 people have to approve, and trust/allowed_signers has 1 keys: the rules could never change again; trust more people first, or ask for fewer"},
		"notes are fine": {map[string]string{"policies/notes/why.md": "because"}, ""},
	} {
		s := newScene(t)
		for file, content := range c.files {
			s.both(file, content)
		}
		_, _, err := s.load(s.before)
		if err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoPoliciesOfOneName(t *testing.T) {
	s := newScene(t).both("policies/a.yaml", policyFile("mine", "true")).both("policies/b.yaml", policyFile("mine", "true"))
	_, _, err := s.load(s.before)
	if want := "policies/b.yaml:4: metadata.name: there is a policy named mine already, in policies/a.yaml:4; rename one of them"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// What is wrong with the rules of one environment concerns no other.
func TestBadRulesOfAnEnvironment(t *testing.T) {
	for name, c := range map[string]struct{ spec, want string }{
		"a window with a bad schedule":     {`windows: [{name: x, kind: Freeze, schedule: "0 25 * * *", duration: 1h, timeZone: UTC}]`, `environments/prod/environment.yaml:8: spec.windows[0].schedule: `},
		"a window on the 30th of February": {`windows: [{name: x, kind: Freeze, schedule: "0 0 30 2 *", duration: 1h, timeZone: UTC}]`, `names a date that never comes`},
		"a window on Mars":                 {`windows: [{name: x, kind: Freeze, schedule: "0 0 * * *", duration: 1h, timeZone: Mars/Olympus}]`, `spec.windows[0].timeZone: `},
		"a window without length":          {`windows: [{name: x, kind: Freeze, schedule: "0 0 * * *", duration: 0m, timeZone: UTC}]`, `spec.windows[0].duration: `},
		"a policy that there is not":       {`policies: [{name: gpu-qouta}]`, `environments/prod/environment.yaml:8: spec.policies[0].name: there is no policy named gpu-qouta; did you mean gpu-quota?`},
		"a profile that there is not":      {`profile: fianance`, `there is no profile named fianance; did you mean finance?`},
		"a parameter of another type":      {`policies: [{name: gpu-quota, params: {gpus: many}}]`, `environments/prod/environment.yaml:8: spec.policies[0].params: `},
		"a parameter that there is not":    {`policies: [{name: gpu-quota, params: {gpu: 3}}]`, `spec.policies[0].params: `},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, c.spec)
			tree, rules, err := s.load(s.before)
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.Problems(); len(got) != 1 || !strings.Contains(got.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", got, c.want)
			}
			rules.Govern(tree)
			for _, env := range tree.Environments {
				if broken := len(env.Problems) > 0; broken != (env.Name == "prod") {
					t.Errorf("%s: %v", env.Name, env.Problems)
				}
			}
			if _, err := rules.Decide(t.Context(), s.subject()); err == nil {
				t.Error("it was decided all the same")
			}
		})
	}
}

// What cannot be evaluated holds, and says so.
func TestBadRulesAtWork(t *testing.T) {
	deep := "[1,2,3,4,5,6,7,8,9,10]"
	costly := "true"
	for range 8 {
		costly = deep + ".all(x" + string(rune('a'+len(costly)%20)) + ", " + costly + ")"
	}
	for name, c := range map[string]struct{ expression, want string }{
		"an absent field":     {"descriptor.spec.parallelism.tensor > 0", `mine: the rule "descriptor.spec.parallelism.tensor > 0": it cannot be evaluated: no such key: parallelism; what cannot be evaluated holds`},
		"an absent key":       {"evidence['staging'].healthy", `it cannot be evaluated: no such key: staging`},
		"a division by zero":  {"1 / (gpu.total - gpu.total) == 1", `it cannot be evaluated: division by zero`},
		"more than it may do": {costly, `it costs more than a policy may`},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := newScene(t).both(policyPath, policyFile("mine", c.expression)).write("environments/prod/llama/model.yaml", model(2, "vllm/vllm-openai:v0.11.0", 2)).decide()
			if outcome.Reason() != "Held" || !strings.Contains(outcome.Explain(), c.want) {
				t.Errorf("%s\ngot  %s\nwant %s", outcome.Reason(), outcome.Explain(), c.want)
			}
		})
	}
}

// Evidence about something else is none.
func TestEvidenceAboutSomethingElse(t *testing.T) {
	scan := func(digest string) string {
		return `{"SchemaVersion": 2, "CreatedAt": "2026-11-23T10:00:00Z", "ArtifactName": "x", "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["vllm/vllm-openai@` + digest + `"]}, "Results": []}`
	}
	result := func(revision string) string {
		return `{"model": "hf://meta-llama/Llama-3.1-8B-Instruct", "revision": "` + revision + `", "metrics": {"mmlu": 0.9}, "finished": "2026-11-20T10:00:00Z"}`
	}
	const revision2 = "abc0000000000000000000000000000000000002"
	for name, c := range map[string]struct {
		policy, file, content string
		holds                 bool
		want                  string
	}{
		"a scan of this image":               {"vulnerability-budget", "scans/a.json", scan(digestA), false, ""},
		"a scan of another image":            {"vulnerability-budget", "scans/a.json", scan(digestB), true, "environments/prod/llama/scans/a.json is about sha256:bbbbbbbbbbbb, which is no image of the unit"},
		"a scan that is none":                {"vulnerability-budget", "scans/a.json", "{}", true, "environments/prod/llama/scans/a.json"},
		"an evaluation of this revision":     {"evaluation-floor", "evaluations/all.json", result(revision2), false, ""},
		"an evaluation of another revision":  {"evaluation-floor", "evaluations/all.json", result("abc0000000000000000000000000000000000003"), true, "environments/prod/llama/evaluations/all.json does not count: "},
		"an evaluation of a moving revision": {"evaluation-floor", "evaluations/all.json", result("main"), true, "environments/prod/llama/evaluations/all.json"},
	} {
		t.Run(name, func(t *testing.T) {
			params := map[string]string{"evaluation-floor": ", params: {metrics: [all/mmlu >= 0.8]}"}[c.policy]
			outcome := newScene(t, "policies: [{name: "+c.policy+params+"}]").
				write("environments/prod/llama/model.yaml", model(2, "vllm/vllm-openai@"+digestA, 2)).
				write("environments/prod/llama/"+c.file, c.content).decide()
			if holds := outcome.Reason() == "Held"; holds != c.holds || !strings.Contains(outcome.Explain(), c.want) {
				t.Errorf("%s\ngot  %s\nwant %s", outcome.Reason(), outcome.Explain(), c.want)
			}
		})
	}
}

// Anybody can write a trailer.
func TestForgedOverrides(t *testing.T) {
	const trailers = "Mend it\n\nPenstock-Override: mine\nPenstock-Override-Reason: the site is down\n"
	sre, ada := key(t, 1), key(t, 2)
	trusted := allowed("sre@example.com", sre) + allowed("ada@example.com", ada)
	settings := func(spec string) string {
		return "apiVersion: penstock.dev/v1alpha1\nkind: Trust\nmetadata: {name: trust}\nspec: " + spec + "\n"
	}
	entitled := settings("{overriders: [sre@example.com]}")
	for name, c := range map[string]struct {
		settings, author, message string
		signer                    byte
		want                      string // in the explanation; what is honoured has no refusal
	}{
		"by who is entitled":          {entitled, "sre@example.com", trailers, 1, "OVERRIDDEN by sre@example.com (the site is down): mine: no"},
		"of an unsigned commit":       {entitled, "sre@example.com", trailers, 0, "the trailer Penstock-Override of commit 9b2f6c1d4e8a does not count: it is not signed"},
		"by a stranger":               {entitled, "sre@example.com", trailers, 9, "the trailer Penstock-Override of commit 9b2f6c1d4e8a does not count: "},
		"by who is not entitled":      {entitled, "ada@example.com", trailers, 2, "does not count: it is signed by ada@example.com, and trust/trust.yaml lets only sre@example.com override"},
		"where nobody is entitled":    {settings("{}"), "sre@example.com", trailers, 1, "does not count: trust/trust.yaml names nobody in spec.overriders"},
		"without a reason":            {entitled, "sre@example.com", "Mend it\n\nPenstock-Override: mine\n", 1, "does not count: there is no trailer Penstock-Override-Reason that says why"},
		"of another policy":           {entitled, "sre@example.com", strings.Replace(trailers, "mine", "yours", 1), 1, `mine: no; the trailer Penstock-Override of commit 9b2f6c1d4e8a names "yours", which prod has no policy of: `},
		"in the middle of a message":  {entitled, "sre@example.com", "Penstock-Override: mine\n\nThis is no trailer.\n", 1, "mine: no"},
		"by an older commit":          {entitled, "sre@example.com", trailers, 1, ""}, // see below
		"of other content":            {entitled, "sre@example.com", trailers, 1, "does not count: the unit is not as that commit has it"},
		"that is not committed as is": {entitled, "sre@example.com", trailers, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t).both(policyPath, policyFile("mine", "false")).both("trust/allowed_signers", trusted).both("trust/trust.yaml", c.settings).
				write("environments/prod/llama/model.yaml", model(2, "vllm/vllm-openai:v0.11.0", 2))
			s.commits = append(s.commits, commit(t, c.author, c.message, nil))
			if c.signer > 0 {
				s.commits[0] = commit(t, c.author, c.message, key(t, c.signer))
			}
			switch name {
			case "by an older commit":
				s.commits = append(s.commits[:0:0], commit(t, "ada@example.com", "Change more\n", ada), s.commits[0])
				c.want = "mine: no"
			case "of other content":
				other := copied(s.after)
				s.writeTo(other, unitFile, model(3, vllm, 2))
				s.change = func(subject *gateSubject) { subject.At = func(string) (fs.FS, error) { return other, nil } }
			case "that is not committed as is":
				s.change = func(subject *gateSubject) { subject.Uncommitted = true }
				c.want = "mine: no"
			}
			outcome := s.decide()
			honoured := strings.HasPrefix(c.want, "OVERRIDDEN")
			if (outcome.Reason() == "Overridden") != honoured || (outcome.Reason() == "Held") == honoured || !strings.Contains(outcome.Explain(), c.want) {
				t.Errorf("%s\ngot  %s\nwant %s", outcome.Reason(), outcome.Explain(), c.want)
			}
		})
	}
}

// An exception lets a unit pass for just as long as it says.
func TestExceptionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		at             time.Time
		reason, expect string
	}{
		"before its end": {now, "Excepted", "excepted by launch until 2026-11-23T12:00:01Z, approved by cto@example.com (the launch): mine: no"},
		"at its end":     {now.Add(time.Second), "Held", "mine: no"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t).both(policyPath, policyFile("mine", "false")).
				both("policies/exceptions/launch.yaml", "apiVersion: penstock.dev/v1alpha1\nkind: PolicyException\nmetadata:\n  name: launch\nspec:\n  units: [prod/llama]\n  policy: mine\n"+
					"  reason: the launch\n  approver: cto@example.com\n  expires: 2026-11-23T12:00:01Z\n").
				write("environments/prod/llama/model.yaml", model(2, "vllm/vllm-openai:v0.11.0", 2))
			s.change = func(subject *gateSubject) { subject.Now = c.at }
			outcome := s.decide()
			if outcome.Reason() != c.reason || !strings.Contains(outcome.Explain(), c.expect) {
				t.Errorf("%s: %s\nwant %s: %s", outcome.Reason(), outcome.Explain(), c.reason, c.expect)
			}
			if ended := len(outcome.Expired) == 1; ended != (c.reason == "Held") {
				t.Errorf("ended: %v", outcome.Expired)
			}
		})
	}
}
