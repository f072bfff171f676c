package audit_test

import (
	"strings"
	"testing"

	"github.com/penstock-dev/penstock/agent/audit"
)

func TestAListOfKeysIsReadInBothForms(t *testing.T) {
	bare := strings.TrimSuffix(publicOf(t, 11), " agent-dev")
	file, problems := audit.ParseKeys("keys", []byte("# mine\n\n"+
		publicOf(t, 2)+"\n"+
		"penstock@prod,penstock@staging namespaces=\"git\",valid-after=\"20260101\",valid-before=\"20270101Z\" "+bare+" of prod\n"+
		"penstock@*,!penstock@dev\t"+publicOf(t, 12)+"\r\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for environment, want := range map[string]int{"prod": 3, "staging": 3, "dev": 1, "other": 2} {
		if keys := file.For(environment); len(keys) != want {
			t.Errorf("%s: %d keys, want %d", environment, len(keys), want)
		}
	}
	key := file.For("prod")[1]
	if key.ValidAfter.Format("2006-01-02") != "2026-01-01" || key.ValidBefore.Format("2006-01-02") != "2027-01-01" || !strings.HasSuffix(key.PublicKey, " of prod") {
		t.Errorf("%+v", key)
	}
}

func TestAListOfKeysThatIsWrongIsNoList(t *testing.T) {
	good := publicOf(t, 2)
	for name, test := range map[string]struct{ text, says string }{
		"nothing":            {"# only words\n", "it lists no key"},
		"words":              {good + "\nhello world\n", "keys:2"},
		"a certificate":      {"penstock@prod cert-authority " + good + "\n", `the option "cert-authority" is not for keys`},
		"another purpose":    {`penstock@prod namespaces="file" ` + good + "\n", "may not sign for git"},
		"an unknown option":  {`penstock@prod agent-forwarding ` + good + "\n", "keys:1"},
		"a bad time":         {`penstock@prod valid-before="soon" ` + good + "\n", "no timestamp"},
		"options of a login": {`command="/bin/sh" ` + good + "\n", "keys:1"},
		"too much":           {strings.Repeat("# x\n", 300_000), "bytes"},
		"control characters": {"penstock@prod\x1b[2J " + good + "\n", "keys:1"},
	} {
		t.Run(name, func(t *testing.T) {
			file, problems := audit.ParseKeys("keys", []byte(test.text))
			if file != nil || len(problems) == 0 || !strings.Contains(problems.Error(), test.says) {
				t.Errorf("%v", problems)
			}
		})
	}
}

func TestAListWithoutAKeyForTheEnvironmentVerifiesNothing(t *testing.T) {
	w := newWorld(t).begin()
	w.config = func(c *audit.Config) {
		c.Keys, _ = audit.ParseKeys("mine", []byte("penstock@dev "+publicOf(t, 11)+"\n"))
	}
	v := w.verify()
	if v.Standing("prod").Status != audit.NoKeys || v.Standing("dev").Status != audit.Verified {
		t.Errorf("%s", text(t, v.WriteText))
	}
	wantText(t, text(t, v.WriteText), "mine lists no key for penstock@prod")
}

func FuzzParseKeys(f *testing.F) {
	f.Add("penstock@prod namespaces=\"git\",valid-before=\"20270101Z\" " + publicOf(f, 11))
	f.Add(publicOf(f, 11) + "\n# x\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, problems := audit.ParseKeys("keys", []byte(text))
		if (file == nil) != (len(problems) > 0) {
			t.Errorf("a list %v with problems %v", file, problems)
		}
		if file != nil {
			file.For("prod")
		}
	})
}
